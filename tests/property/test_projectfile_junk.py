"""Whatever is done to a project file, opening it gives the project or one sentence, quickly and never a traceback."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netviz.archive import archive_bytes
from netviz.datasets import Arrays, Circle
from netviz.document.examples import EXAMPLES
from netviz.document.projectfile import Project, open_project, save
from netviz.engine.run import Run
from netviz.engine.stopping import EarlyStopping
from netviz.engine.train import Stride, train
from netviz.files import FileProblem, sha256
from netviz.strict_json import dump_json, parse_json

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("junk")


def _members() -> dict[str, bytes]:
    """The members of a trained project with arrays of its own."""
    import tempfile
    import zipfile

    circle = replace(EXAMPLES["circle"].experiment, dataset=Circle(count=60), stopping=EarlyStopping(), epochs=2)
    data = circle.dataset.load()
    circle = replace(circle, dataset=Arrays(data.x, data.y, "classification"))
    run = Run.of(circle)
    frame = next(m.frame() for m in train(run, circle.samples(), stride=Stride.STEP) if m.step == 8)
    with tempfile.TemporaryDirectory() as place:
        save(f"{place}/p.netviz", Project(circle, run, frame))
        with zipfile.ZipFile(f"{place}/p.netviz") as archive:
            return {name: archive.read(name) for name in archive.namelist()}


MEMBERS = _members()
WHOLE = archive_bytes(MEMBERS)


def outcome(path: Path, data: bytes) -> str:
    """ "" when it opens, else the sentence; anything but a FileProblem fails the test."""
    path.write_bytes(data)
    begin = time.perf_counter()
    try:
        open_project(path)
        sentence = ""
    except FileProblem as problem:
        sentence = str(problem)
        assert sentence and "\n" not in sentence and len(sentence) < 500, sentence
        assert "Traceback" not in sentence and str(path.parent) not in sentence
    assert time.perf_counter() - begin < 5
    return sentence


def with_honest_sums(**changed: bytes) -> bytes:
    members = {name: data for name, data in MEMBERS.items() if name != "sums.json"}
    members |= {name.replace("__", "."): data for name, data in changed.items()}
    return archive_bytes({**members, "sums.json": dump_json({n: sha256(d) for n, d in members.items()})})


def test_the_whole_file_opens(folder: Path) -> None:
    assert outcome(folder / "p.netviz", WHOLE) == ""
    assert outcome(folder / "p.netviz", with_honest_sums()) == ""


def test_cut_at_every_hundredth_it_is_told_to_be_cut(folder: Path) -> None:
    for part in range(100):
        assert outcome(folder / "p.netviz", WHOLE[: len(WHOLE) * part // 100])


def test_flipped_bits_are_found_or_do_no_harm(folder: Path) -> None:
    random = np.random.default_rng(20)
    whole = open_project(_written(folder / "whole.netviz", WHOLE))
    for _n in range(400):
        data = bytearray(WHOLE)
        for at in random.integers(0, len(data), random.integers(1, 4)):
            data[at] ^= 1 << int(random.integers(8))
        if not outcome(folder / "p.netviz", bytes(data)):  # in a place that means nothing, such as a date
            found = open_project(folder / "p.netviz")
            assert found.experiment == whole.experiment and found.frame is not None and whole.frame is not None
            assert found.frame.params.vector.tobytes() == whole.frame.params.vector.tobytes()


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["experiment.json", "run.json"])
def test_flipped_bits_under_honest_sums_get_a_sentence_or_open(folder: Path, name: str) -> None:
    random = np.random.default_rng(21)
    for _n in range(300):
        data = bytearray(MEMBERS[name])
        for at in random.integers(0, len(data), random.integers(1, 4)):
            data[at] ^= 1 << int(random.integers(8))
        outcome(folder / "p.netviz", with_honest_sums(**{name.replace(".", "__"): bytes(data)}))


@pytest.mark.parametrize("name", ["run.safetensors", "data.safetensors"])
def test_flipped_bits_in_a_tensor_header_under_honest_sums_get_a_sentence_or_open(folder: Path, name: str) -> None:
    random = np.random.default_rng(22)
    header = 8 + int.from_bytes(MEMBERS[name][:8], "little")
    for _n in range(300):
        data = bytearray(MEMBERS[name])
        for at in random.integers(0, header, random.integers(1, 4)):
            data[at] ^= 1 << int(random.integers(8))
        outcome(folder / "p.netviz", with_honest_sums(**{name.replace(".", "__"): bytes(data)}))


def _places(value: object, here: tuple = ()) -> list[tuple]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(place for key, item in inner for place in _places(item, (*here, key)))]


def _put(value: object, place: tuple, junk: object) -> object:
    if not place:
        return junk
    copy = dict(value) if isinstance(value, dict) else list(value)  # type: ignore[call-overload]
    copy[place[0]] = _put(copy[place[0]], place[1:], junk)
    return copy


JUNK = [
    None, True, False, 0, -1, 2**53, 2**62, 10**25, 1e308, -0.0, 0.5, "", "x", "relu", "x" * 5000, "\x00", "<b>", [], [[]],
    {}, {"type": "dense"}, {"type": ["a"]}, {"array": "dataset.x"}, {"array": 3}, [1, 2, 3], [None] * 50,
]  # fmt: skip


@pytest.mark.parametrize("name", ["experiment.json", "run.json"])
def test_junk_in_any_place_of_the_json_gets_a_sentence_or_opens(folder: Path, name: str) -> None:
    value = parse_json(MEMBERS[name], name)
    random = np.random.default_rng(23)
    refused = 0
    places = _places(value)
    for place in places:
        for junk in random.choice(np.array(JUNK, object), 3, replace=False):
            changed = dump_json(_put(value, place, junk))
            refused += bool(outcome(folder / "p.netviz", with_honest_sums(**{name.replace(".", "__"): changed})))
    assert refused > len(places)


@given(st.binary(max_size=300))
@quick
def test_random_bytes_get_a_sentence(folder: Path, data: bytes) -> None:
    assert outcome(folder / "r.netviz", data)


@given(
    st.dictionaries(st.sampled_from([*MEMBERS, "evil", "../evil", "/etc/passwd"]), st.binary(max_size=200), max_size=5)
)
@quick
def test_archives_of_random_members_get_a_sentence(folder: Path, members: dict[str, bytes]) -> None:
    assert outcome(folder / "r.netviz", archive_bytes(members))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, json_values)
@quick
def test_random_json_under_honest_sums_gets_a_sentence(folder: Path, experiment: object, run: object) -> None:
    head = {"format": 1, "experiment": experiment, "arrays": {}}
    try:
        members = {"experiment__json": dump_json(head), "run__json": dump_json(run)}
    except UnicodeEncodeError:
        return
    assert outcome(folder / "r.netviz", with_honest_sums(**members))
    assert outcome(folder / "r.netviz", with_honest_sums(run__json=members["run__json"]))
    assert outcome(folder / "r.netviz", with_honest_sums(experiment__json=dump_json(experiment)))
