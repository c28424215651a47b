"""pad_sequences gives what Keras' gives, for every way to pad and to cut."""

from __future__ import annotations

import os
from itertools import product

import numpy as np
import pytest

from netviz.datasets.sequences import pad_sequences

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize(
    ("padding", "truncating", "maxlen", "dtype"),
    list(product(("pre", "post"), ("pre", "post"), (None, 2, 5), ("int32", "float32"))),
)
def test_padding_is_keras(padding: str, truncating: str, maxlen: int | None, dtype: str) -> None:
    for sequences in ([[1, 2, 3], [4.5], [], [5, 6]], [[], []], [[[1, 2]], [[3, 4], [5, 6], [7, 8]]], []):
        settings = {"maxlen": maxlen, "dtype": dtype, "padding": padding, "truncating": truncating, "value": 7}
        if not sequences and maxlen is None:
            continue  # Keras takes the largest of no lengths, and fails
        wanted = keras.utils.pad_sequences(sequences, **settings)
        found = pad_sequences(sequences, **settings)  # type: ignore[arg-type]
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
