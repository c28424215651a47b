"""Random numbers without state, and arrays that nobody can change."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from netviz.arrays import FrozenMap, aligned, frozen, rng, sealed, size


def test_a_stream_is_known_by_its_seed_purpose_and_place() -> None:
    first = rng(1, "masks", 2, 3).random(5)
    assert (first == rng(1, "masks", 2, 3).random(5)).all()
    for other in (rng(2, "masks", 2, 3), rng(1, "rows", 2, 3), rng(1, "masks", 3, 2), rng(1, "masks", 2)):
        assert not (first == other.random(5)).any()


def test_places_next_to_each_other_do_not_share_numbers() -> None:
    drawn = np.concatenate([rng(0, "rows", place).random(1000) for place in range(20)])
    assert len(np.unique(drawn)) == 20_000


def test_a_stream_has_at_most_three_places() -> None:
    with pytest.raises(ValueError, match="three|3"):
        rng(0, "rows", 1, 2, 3, 4)


def test_frozen_copies_and_sealed_views_cannot_be_written() -> None:
    array = np.zeros(3)
    copy, view = frozen(array), sealed(array)
    array[0] = 1
    assert copy[0] == 0 and view[0] == 1
    for shut in (copy, view):
        with pytest.raises(ValueError, match="read-only"):
            shut[0] = 2


def test_sizes_do_not_wrap_around() -> None:
    assert size((100_000,) * 5) == 10**25
    assert size(()) == 1


def test_a_frozen_map_is_a_mapping_that_pickles_and_does_not_follow_its_source() -> None:
    source = {"a": 1}
    kept = FrozenMap(source)
    source["b"] = 2
    assert dict(kept) == {"a": 1} == dict(pickle.loads(pickle.dumps(kept)))
    with pytest.raises(TypeError):
        kept["a"] = 3  # type: ignore[index]


@pytest.mark.parametrize("shape", [(), (0,), (3,), (32, 10), (1000, 7)])
@pytest.mark.parametrize("dtype", ["float32", "float64", np.intp])
def test_aligned_arrays_are_zeros_that_begin_at_a_cache_line(shape: tuple[int, ...], dtype: str) -> None:
    made = aligned(shape, dtype)
    assert made.shape == shape and made.dtype == np.dtype(dtype) and not made.any()
    assert made.flags.c_contiguous and made.flags.writeable
    assert not made.size or made.ctypes.data % 64 == 0
