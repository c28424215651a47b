"""The examples reach a score worth showing in less than a minute: the median of five seeds."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from examples import SHOWN, measured


@pytest.mark.bench
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", SHOWN)
def test_an_example_is_worth_showing_in_less_than_a_minute(name: str) -> None:
    found = measured(name)
    print(f"\n{name} {SHOWN[name][0]} {found}")
    assert statistics.median(found.scores) >= SHOWN[name][1]
    assert statistics.median(found.processor_seconds) < 60
