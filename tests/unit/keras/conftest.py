"""What the tests of Keras' names share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from netviz.keras import Input, Sequential, config
from netviz.keras.layers import Dense


@pytest.fixture(autouse=True)
def float32_again() -> Iterator[None]:
    yield
    config.set_floatx("float32")


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray]:
    """70 rows of 4 features, with two classes that can be learnt."""
    random = np.random.default_rng(3)
    x = random.normal(size=(70, 4))
    return x, (x[:, 0] + 0.3 * random.normal(size=70) > 0).astype(int)


@pytest.fixture
def model() -> Sequential:
    """Two classes from 4 features, compiled."""
    made = Sequential([Input((4,)), Dense(6, activation="tanh"), Dense(1, activation="sigmoid")])
    made.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return made
