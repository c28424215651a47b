"""Reading .npz files: what NumPy writes is read, what is hostile gets a sentence and costs no memory."""

from __future__ import annotations

import io
import pickle
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from netviz.files import FileProblem
from netviz.formats import read_weights


def npz(compress: bool = False, **arrays: object) -> bytes:
    memory = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(memory, **arrays)  # type: ignore[arg-type]
    return memory.getvalue()


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return memory.getvalue()


def npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode("latin-1")
    length = struct.pack("<H" if version[0] == 1 else "<I", len(text))
    return b"\x93NUMPY" + version + length + text + data


def head(descr: str = "'<f4'", shape: str = "(1,)", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


@pytest.mark.parametrize("compress", [False, True])
def test_what_numpy_writes_is_read(tmp_path: Path, compress: bool) -> None:
    arrays = {
        "c": np.arange(6.0).reshape(2, 3), "fortran": np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3)),
        "big": np.arange(3, dtype=">f8"), "single": np.array(3.5), "empty": np.zeros((0, 4)), "whole": np.arange(3),
        "half": np.ones(2, np.float16), "truth": np.array([True, False]),
    }  # fmt: skip
    (tmp_path / "a.npz").write_bytes(npz(compress, **arrays))
    found = read_weights(tmp_path / "a.npz").arrays
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].shape == array.shape and found[name].dtype == array.dtype.newbyteorder("=")
        np.testing.assert_array_equal(found[name], array)


HOSTILE = {
    "a pickle": (pickle.dumps({"w": 1}), "pickle"),
    "text": (b"hello", "not a complete"),
    "an object array": (zipped({"w.npy": npy(head("'|O'"), b"\0" * 8)}), "plain numbers"),
    "a structure": (zipped({"w.npy": npy(head("[('a', '<f4')]"), b"\0" * 4)}), "plain numbers"),
    "complex": (zipped({"w.npy": npy(head("'<c16'"), b"\0" * 16)}), "plain numbers"),
    "f16": (zipped({"w.npy": npy(head("'<f16'"), b"\0" * 16)}), "plain numbers"),
    "code in the header": (zipped({"w.npy": npy("__import__('os').system('x')", b"\0" * 4)}), "plain numbers"),
    "a shape of 3.6 TB": (zipped({"w.npy": npy(head(shape="(1000000000000,)"), b"\0" * 4)}), "claims 4.0 TB"),
    "a shape that wraps around": (zipped({"w.npy": npy(head(shape="(4294967296, 4294967296)"))}), "claims"),
    "a negative shape": (zipped({"w.npy": npy(head(shape="(-1,)"), b"\0" * 4)}), "header"),
    "65 axes": (zipped({"w.npy": npy(head(shape="(" + "1," * 65 + ")"), b"\0" * 4)}), "shape"),
    "a number of 5,000 digits": (zipped({"w.npy": npy(head(shape=f"({'9' * 5000},)"), b"\0" * 4)}), "shape"),
    "bytes left over": (zipped({"w.npy": npy(head(), b"\0" * 9)}), "damaged"),
    "bytes missing": (zipped({"w.npy": npy(head(), b"\0" * 3)}), "damaged"),
    "a header of 20 kB": (zipped({"w.npy": npy(head() + " " * 20_000, b"\0" * 4)}), "header"),
    "a header of 4 GB": (zipped({"w.npy": b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}"}), "header"),
    "a cut header": (zipped({"w.npy": b"\x93NUMPY\x01"}), "header|archive"),
    "version 9": (zipped({"w.npy": npy(head(), b"\0" * 4, b"\x09\x00")}), "not an array"),
    "no magic": (zipped({"w.npy": b"hello"}), "not an array"),
    "no order": (zipped({"w.npy": npy("{'descr': '<f4', 'shape': (1,)}", b"\0" * 4)}), "header"),
    "text in an array": (npz(w=np.array("abc")), "text"),
    "another member": (zipped({"w.txt": b"x"}), "not an array"),
    "a bomb": (
        zipped({"w.npy": npy(head(shape="(50000000,)"), b"\0" * 200_000_000)}, zipfile.ZIP_DEFLATED),
        "unpack to",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_a_sentence_and_no_memory(tmp_path: Path, name: str) -> None:
    data, words = HOSTILE[name]
    (tmp_path / "x.npz").write_bytes(data)
    tracemalloc.start()
    with pytest.raises(FileProblem, match=words) as found:
        read_weights(tmp_path / "x.npz")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000 + 3 * len(data)
    tracemalloc.stop()
    assert '"x.npz"' in str(found.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("w.npy", npy(head(), b"\0" * 4))
        archive.writestr("w.npy", npy(head(), b"\1" * 4))
    (tmp_path / "x.npz").write_bytes(memory.getvalue())
    with pytest.raises(FileProblem, match="twice"):
        read_weights(tmp_path / "x.npz")


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(zipped({f"{i}.npy": b"" for i in range(10_001)}))
    with pytest.raises(FileProblem, match="10,001 arrays"):
        read_weights(tmp_path / "x.npz")


def test_something_else_altogether_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"hello")
    with pytest.raises(FileProblem, match=r"not a file of weights that netviz knows \(\.npz, \.safetensors, "):
        read_weights(tmp_path / "x.txt")


def test_no_damage_to_an_npz_raises_anything_but_a_file_problem(tmp_path: Path) -> None:
    data = npz(w=np.arange(20.0), b=np.arange(3))
    random = np.random.default_rng(0)
    path = tmp_path / "x.npz"
    cuts = [data[: len(data) * part // 50] for part in range(1, 50)]
    flips = []
    for _n in range(400):
        flipped = bytearray(data)
        for at in random.integers(0, len(data), random.integers(1, 6)):
            flipped[at] ^= 1 << int(random.integers(8))
        flips.append(bytes(flipped))
    refused = 0
    for damaged in (*cuts, *flips):
        path.write_bytes(damaged)
        try:
            read_weights(path)
        except FileProblem as problem:
            refused += 1
            assert "\n" not in str(problem)
    assert refused > 300
