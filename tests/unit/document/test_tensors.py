"""safetensors bytes: written so that the library reads them, read so that nothing hostile gets through."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from safetensors.numpy import load
from safetensors.numpy import save as library_save

from netviz.document.tensors import MOST_TENSORS, pack, unpack
from netviz.files import FileProblem

_KINDS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")
SOME = {f"a/{kind}": (np.arange(6).reshape(2, 3) % 2).astype(kind) for kind in _KINDS}


def test_the_library_reads_what_is_written_and_the_other_way_round() -> None:
    arrays = {**SOME, "empty": np.zeros((0, 3)), "single": np.array(2.5), "ü🙂": np.ones(3)}
    theirs = load(pack(arrays, {"note": "§"}))
    ours = unpack(library_save(arrays, {"note": "§"}), "x")
    for name, array in arrays.items():
        for found in (theirs[name], ours.arrays[name]):
            assert found.dtype == array.dtype and found.shape == array.shape
            np.testing.assert_array_equal(found, array)
    assert ours.metadata == {"note": "§"}


def test_transposed_sliced_and_big_endian_arrays_keep_their_numbers() -> None:
    w = np.arange(12.0).reshape(3, 4)
    written = pack({"t": w.T, "s": w[::2, ::-1], "f": np.asfortranarray(w), "b": w.astype(">f4")})
    for found in (load(written), unpack(written, "x").arrays):
        np.testing.assert_array_equal(found["t"], w.T)
        np.testing.assert_array_equal(found["s"], w[::2, ::-1])
        np.testing.assert_array_equal(found["f"], w)
        np.testing.assert_array_equal(found["b"], w)


def test_not_a_number_keeps_its_bits() -> None:
    odd = np.array([0x7FC00001, 0xFF800000, 0x80000000], np.uint32).view(np.float32)
    assert unpack(pack({"w": odd}), "x").arrays["w"].tobytes() == odd.tobytes()


def test_what_is_read_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        unpack(pack(SOME), "x").arrays["a/f4"][0] = 1


@pytest.mark.parametrize("array", [np.array([1j]), np.array(["a"]), np.array([None]), np.zeros(2, "f4,i4")])
def test_other_things_than_numbers_are_refused(array: np.ndarray) -> None:
    with pytest.raises(FileProblem, match="cannot be saved"):
        pack({"w": array})


def forged(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(head) if length is None else length).to_bytes(8, "little") + head + data


def entry(start: int, stop: int, shape: object = (1,), dtype: object = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


HOSTILE = {
    "empty": (b"", "header"),
    "seven bytes": (b"\0" * 7, "header"),
    "a header longer than the file": (forged({}, length=2**63), "header"),
    "a header of 20 MB": (forged(b" " * 20_000_000), "header of 20,000,000 bytes"),
    "no JSON": (forged(b"{'a'"), "JSON"),
    "no object": (forged([1]), "not a list of arrays"),
    "a name twice": (forged(b'{"a":1,"a":2}'), "twice"),
    "depth": (forged(b'{"a":' * 1000), "deeper"),
    "overlap": (forged({"a": entry(0, 4), "b": entry(2, 6)}, b"\0" * 6), "do not follow"),
    "a hole": (forged({"a": entry(0, 4), "b": entry(8, 12)}, b"\0" * 12), "do not follow"),
    "two in one place": (forged({"a": entry(0, 4), "b": entry(0, 4)}, b"\0" * 4), "do not follow"),
    "bytes left over": (forged({"a": entry(0, 4)}, b"\0" * 9), "holds 9 bytes"),
    "bytes missing": (forged({"a": entry(0, 4)}, b"\0" * 3), "holds 3 bytes"),
    "a shape of 3.6 TB": (forged({"a": entry(0, 4, [10**12])}, b"\0" * 4), "does not take"),
    "a shape that wraps around": (forged({"a": entry(0, 0, [2**32, 2**32])}), "does not take"),
    "a negative shape": (forged({"a": entry(0, 4, [-1])}, b"\0" * 4), "impossible"),
    "a negative place": (forged({"a": entry(-4, 0)}, b"\0" * 4), "impossible"),
    "65 axes": (forged({"a": entry(0, 4, [1] * 65)}, b"\0" * 4), "impossible"),
    "true as a number": (forged({"a": entry(0, 4, [True])}, b"\0" * 4), "impossible"),
    "a fraction": (forged({"a": entry(0, 4, [1.0])}, b"\0" * 4), "impossible"),
    "another type": (forged({"a": entry(0, 2, (1,), "BF16")}, b"\0" * 2), "BF16"),
    "a type that is a list": (forged({"a": entry(0, 2, (1,), [])}, b"\0" * 2), "type"),
    "no entry": (forged({"a": 3}), "not an array's"),
    "more in the entry": (forged({"a": entry(0, 4) | {"x": 1}}, b"\0" * 4), "not an array's"),
    "a description that is none": (forged({"__metadata__": {"a": 1}}), "description"),
    "100,000 arrays": (forged({str(i): entry(0, 0, [0]) for i in range(MOST_TENSORS + 1)}), "at most 10,000"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_get_a_sentence(name: str) -> None:
    data, words = HOSTILE[name]
    with pytest.raises(FileProblem, match=words):
        unpack(data, "x.safetensors")


def test_many_empty_arrays_within_the_limit_are_read() -> None:
    many = {str(i): np.zeros(0) for i in range(1000)}
    assert len(unpack(pack(many), "x").arrays) == 1000


def test_the_numbers_lie_where_memory_likes_them() -> None:
    data = pack(SOME)
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    assert begin % 8 == 0
    for name, found in header.items():
        assert found["data_offsets"][0] % SOME[name].itemsize == 0 and math.prod(found["shape"]) == 6
