"""The comparison runs: on demand, and without a verdict on times."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

SKIPS = ("No module", "has no", "dense layers only")


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_the_comparison_measures_netviz_on_every_workload_and_says_what_it_skips() -> None:
    from compare import Measured, compare
    from peers import PEERS, WORKLOADS

    table = compare(list(WORKLOADS), list(PEERS), rounds=1, threads=1)
    for workload, row in table.items():
        assert isinstance(row["netviz"], Measured)
        assert isinstance(row["NumPy loop"], Measured) == WORKLOADS[workload].dense
        assert len(row) == len(PEERS)
        broken = {peer: why for peer, why in row.items() if isinstance(why, str) and not any(s in why for s in SKIPS)}
        assert not broken, broken  # a peer that is installed gives a time
