"""ZIP archives from anybody: exactly the members that may be there, or one sentence."""

from __future__ import annotations

import io
import os
import stat
import struct
import time
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netviz.archive import archive_bytes, read_archive, write_archive
from netviz.files import FileProblem

MEMBERS = {
    "experiment.json": b'{"layers": []}' * 40,
    "run.safetensors": bytes(range(256)) * 4,
    "sums.json": b"{}",
}
LIMITS = {"experiment.json": 1000, "run.safetensors": 2000, "sums.json": 100}
DIRECTORY, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


def refused(source: bytes | Path, limits: dict[str, int] = LIMITS, most_members: int = 1000) -> str:
    with pytest.raises(FileProblem) as found:
        read_archive(source, limits, most_members)
    sentence = str(found.value)
    assert len(sentence) <= 240
    assert sentence.isprintable()
    return sentence


def made(*entries: tuple[zipfile.ZipInfo | str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    """An archive as Python writes it, with whatever entries."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", how) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about two members of one name
        for entry, data in entries:
            archive.writestr(entry, data)
    return memory.getvalue()


def patched(data: bytes, header: bytes, offset: int, field: str, value: int) -> bytes:
    """The archive with one number of the first such header changed."""
    changed = bytearray(data)
    struct.pack_into("<" + field, changed, data.index(header) + offset, value)
    return bytes(changed)


# ---------------------------------------------------------------------------------------- whole


def test_members_are_read_back_from_a_file_and_from_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.netviz"
    write_archive(path, MEMBERS)
    assert read_archive(path, LIMITS) == MEMBERS
    assert read_archive(str(path), LIMITS) == MEMBERS
    assert read_archive(archive_bytes(MEMBERS), LIMITS) == MEMBERS
    assert os.listdir(tmp_path) == ["x.netviz"]


@given(st.dictionaries(st.from_regex(r"[a-z测é ]{1,9}\.(json|npy)", fullmatch=True), st.binary(max_size=99)))
def test_any_members_are_read_back(members: dict[str, bytes]) -> None:
    assert read_archive(archive_bytes(members), {"*": 10_000}) == members


def test_equal_members_are_written_as_equal_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    before = archive_bytes(MEMBERS)
    monkeypatch.setattr(time, "time", lambda: 2e9)
    assert archive_bytes(MEMBERS) == before
    with zipfile.ZipFile(io.BytesIO(before)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in archive.infolist()} == {3}


def test_json_is_compressed_and_arrays_are_stored_in_the_order_given() -> None:
    with zipfile.ZipFile(io.BytesIO(archive_bytes(MEMBERS))) as archive:
        kinds = {entry.filename: entry.compress_type for entry in archive.infolist()}
    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    assert list(kinds.items()) == [
        ("experiment.json", deflated),
        ("run.safetensors", stored),
        ("sums.json", deflated),
    ]


def test_a_member_of_exactly_its_limit_is_read() -> None:
    assert read_archive(archive_bytes({"a": b"123"}), {"a": 3}) == {"a": b"123"}
    assert "unpacks to 3 bytes, more than the 2 bytes" in refused(archive_bytes({"a": b"123"}), {"a": 2})


def test_the_members_a_pattern_matches_share_its_limit() -> None:
    data = archive_bytes({"a.npy": b"123", "b.npy": b"45", "c.json": b"6"})
    assert len(read_archive(data, {"*.npy": 5, "c.json": 1})) == 3
    assert 'the member "b.npy" unpacks to 2 bytes, more than the 1 bytes' in refused(
        data, {"*.npy": 4, "c.json": 1}
    )
    assert 'the member "c.json" is not part' in refused(data, {"*.npy": 5})


def test_an_archive_without_members_is_empty() -> None:
    assert read_archive(archive_bytes({}), LIMITS) == {}


# ---------------------------------------------------------------------------------------- hostile


@pytest.mark.parametrize(
    "name",
    [
        "../../evil",
        "/etc/passwd",
        "\\evil",
        "C:\\evil",
        "C:evil",
        "a/../../evil",
        "a\\..\\evil",
        "..",
        "//server/evil",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_even_where_any_name_may_be(name: str) -> None:
    sentence = refused(made((name, b"x")), {"*": 100})
    assert f'the member "{name}" is not part of what netviz writes; nothing was opened.' in sentence


def test_a_member_that_is_not_expected_is_refused() -> None:
    assert '"other.json" is not part' in refused(archive_bytes({**MEMBERS, "other.json": b""}))
    assert '"EXPERIMENT.JSON" is not part' in refused(archive_bytes({"EXPERIMENT.JSON": b""}))
    assert '"sub/sums.json" is not part' in refused(archive_bytes({"sub/sums.json": b""}))


def test_a_link_is_refused() -> None:
    link = zipfile.ZipInfo("experiment.json")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert '"experiment.json" is not part' in refused(made((link, b"/etc/passwd")))


def test_a_name_that_ends_early_is_refused() -> None:
    data = archive_bytes({"sums.jsonX": b"{}"}).replace(b"sums.jsonX", b"sums.json\0")
    for limits in (LIMITS, {"sums*": 100}):
        assert r'"sums.json\x00" is not part' in refused(data, limits)


def test_a_name_of_60_kilobytes_is_cut_and_escaped() -> None:
    assert "…" in refused(made(("\n\u202e<b>" * 8_000, b"x")))


def test_two_members_of_one_name_are_refused() -> None:
    assert 'the member "sums.json" is there twice' in refused(
        made(("sums.json", b"{}"), ("sums.json", b"[]"))
    )


def test_an_encrypted_member_is_refused() -> None:
    data = patched(archive_bytes(MEMBERS), DIRECTORY, 8, "H", 0x1)
    assert 'the member "experiment.json" is encrypted' in refused(data)


@pytest.mark.parametrize("method", [1, 9, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 93, 99, 65535])
def test_other_compressions_are_refused(method: int) -> None:
    data = patched(archive_bytes(MEMBERS), DIRECTORY, 10, "H", method)
    assert 'the member "experiment.json" is compressed in a way' in refused(data)


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    bomb = made(("experiment.json", bytes(50_000_000)), how=zipfile.ZIP_DEFLATED)
    begin = time.perf_counter()
    assert "unpacks to 50.0 MB, more than the 1.0 kB" in refused(bomb)
    assert time.perf_counter() - begin < 0.1


@pytest.mark.parametrize("declared", [0, 1, 999])
def test_a_bomb_that_declares_less_is_refused(declared: int) -> None:
    bomb = made(("experiment.json", bytes(50_000_000)), how=zipfile.ZIP_DEFLATED)
    bomb = patched(patched(bomb, DIRECTORY, 24, "I", declared), LOCAL, 22, "I", declared)
    assert "damaged" in refused(bomb)


def test_a_member_shorter_than_it_declares_is_refused() -> None:
    data = patched(archive_bytes({"experiment.json": b"{}" * 9}), DIRECTORY, 24, "I", 900)
    assert "damaged" in refused(data)


def test_a_wrong_sum_is_refused() -> None:
    data = bytearray(archive_bytes(MEMBERS))
    data[data.index(bytes(range(256)))] ^= 1
    assert "Bad CRC-32 for file 'run.safetensors'" in refused(bytes(data))


def test_a_hundred_thousand_members_are_refused_quickly() -> None:
    name = b"sums.json"
    entry = (
        struct.pack("<4s6H3I5H2I", DIRECTORY, 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
        + name
    )
    directory = entry * 100_000
    data = directory + struct.pack("<4s4H2IH", END, 0, 0, 1, 1, len(directory), 0, 0)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.infolist()) == 100_000  # though its end says 1
    begin = time.perf_counter()
    assert refused(data) == "The archive has more than 1000 members."
    assert time.perf_counter() - begin < 0.1


def test_the_most_members_can_be_chosen() -> None:
    data = archive_bytes({f"{n}.npy": b"" for n in range(10)})
    assert len(read_archive(data, {"*.npy": 0}, 10)) == 10
    assert refused(data, {"*.npy": 0}, 9) == "The archive has more than 9 members."


def test_a_file_far_larger_than_its_members_may_be_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.netviz"
    with path.open("wb") as file:
        file.truncate(10**12)  # takes no room on the disk
    assert "is larger (1.0 TB) than what can be read (1.1 MB)" in refused(path)


@pytest.mark.parametrize(
    "failure",
    [
        *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError, ValueError),
        *(
            NotImplementedError,
            RuntimeError,
            OverflowError,
            MemoryError,
            KeyError,
            IndexError,
            AttributeError,
        ),
    ],
)
def test_whatever_the_reader_of_archives_raises_becomes_one_sentence(
    monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    def failing(*_arguments: object) -> None:
        raise failure

    monkeypatch.setattr(zipfile.ZipFile, "infolist", failing)
    assert f'was cut off ("{failure.__name__}")' in refused(archive_bytes(MEMBERS))


@pytest.mark.parametrize(
    "content", [b"hello", b"PK", END, b"\x80\x04K*.", b"PK\x03\x04" * 100, bytes(1000), b"\x1f\x8b"]
)
def test_what_is_not_an_archive_is_said_with_the_name_of_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.netviz"
    path.write_bytes(content)
    assert refused(path).startswith('"x.netviz" is not a complete archive; it is damaged or was cut off (')


# ---------------------------------------------------------------------------------------- damaged


def test_an_archive_cut_anywhere_is_refused() -> None:
    data = archive_bytes(MEMBERS)
    for percent in range(100):
        cut = data[: len(data) * percent // 100]
        assert "damaged or was cut off" in refused(cut), percent


def whole_or_refused(data: bytes) -> bool:
    """Whether damaged bytes were refused; what is read must be what was written."""
    try:
        members = read_archive(data, LIMITS)
    except FileProblem as problem:
        assert len(str(problem)) <= 240
        return True
    assert members.items() <= MEMBERS.items()
    return False


def test_flipped_bits_are_refused_or_do_no_harm() -> None:
    chance = np.random.default_rng(0)
    data = np.frombuffer(archive_bytes(MEMBERS), np.uint8)
    refusals = 0
    for _time in range(3000):
        damaged = data.copy()
        for at in chance.integers(0, len(data), chance.integers(1, 4)):
            damaged[at] ^= 1 << chance.integers(8)
        refusals += whole_or_refused(damaged.tobytes())
    assert refusals > 2000


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1))
def test_junk_in_headers_is_a_member_or_a_sentence(
    front: bytes, extra: bytes, number: int, small: int
) -> None:
    name = b"sums.json"
    head = struct.pack(
        "<4s5H3I2H", LOCAL, small & 63, 0, 8, 0, 33, zlib.crc32(b""), number, number, 9, len(extra)
    )
    entry = struct.pack(
        "<4s6H3I5H2I",
        DIRECTORY,
        20,
        small,
        0,
        small,
        0,
        33,
        number,
        2,
        number,
        9,
        len(extra),
        0,
        0,
        0,
        0,
        number,
    )
    directory = entry + name + extra
    body = front + head + name + extra
    end = struct.pack("<4s4H2IH", END, 0, 0, 1, 1, len(directory), len(body), 0)
    try:
        assert read_archive(body + directory + end, LIMITS).keys() <= {"sums.json"}
    except FileProblem as problem:
        assert len(str(problem)) <= 240
