"""What comparisons of whole trainings share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netviz.keras import config


@pytest.fixture
def float64() -> Iterator[None]:
    """Keras' face trains in float64."""
    config.set_floatx("float64")
    yield
    config.set_floatx("float32")
