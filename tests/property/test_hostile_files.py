"""Damaged files of every format that is read: whole or in a sentence, never anything else.

A format is met here as soon as it is registered. The quick share runs always; all of it with

    python packaging/dev.py test -m slow tests/property/test_hostile_files.py
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from netviz import formats
from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import Relu
from netviz.engine.experiment import Experiment
from netviz.engine.layers import BatchNormalization, Conv2D, Dense, Flatten
from netviz.engine.losses import MeanSquaredError
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats import apart

READ = [name for name in formats.formats if formats.formats[name].imports()]
EXAMPLES = Path(__file__).parent / "hostile"  # a file for each format that is read and not written: hostile/NAME.suffix
QUICK, ALL = 100, 10_000
PATIENCE_S = 5.0
BESIDE: dict[str, dict[str, bytes]] = {}  # files that lie beside a good one, by its name and theirs
LONGEST = 600
LONGEST_LIST = 2500  # of what a script has that cannot be followed, line by line


def trained(normalized: bool = True) -> formats.Trained:
    """A small network with the kinds of layers that every format has."""
    random = np.random.default_rng(0)
    data = Arrays(random.normal(size=(6, 4, 4, 1)), random.normal(size=(6, 2)), validation_rows=2)
    between = (BatchNormalization(),) if normalized else ()
    layers = (Conv2D(2, 3, activation=Relu()), *between, Flatten(), Dense(2))
    experiment = Experiment(data, layers, MeanSquaredError(), metrics=(), preprocessing=Preprocessing(standardize="off"), epochs=1)
    run = Run.of(experiment)
    *_, last = train(run, experiment.samples(), epochs=1)
    return formats.Trained.of(run, last.frame())


@pytest.fixture(scope="module")
def whole() -> dict[str, tuple[str, bytes]]:
    """A name and a good file of each format."""
    made, found = trained(), dict[str, tuple[str, bytes]]()
    for name in READ:
        member = formats.formats[name]()
        own = sorted(EXAMPLES.glob(f"{name}.*"))
        suffix = member.suffixes[0]
        # A C header has normalizations worked into other weights, and such a one is not read back.
        written = {} if own else member.write(trained(normalized=False) if name == "c_header" else made, f"x{suffix}")
        found[name] = (f"x{suffix}", own[0].read_bytes() if own else written.pop(f"x{suffix}"))
        BESIDE[f"x{suffix}"] = written
    return found


def told(path: Path, data: bytes, network: bool) -> str:
    """What is said of damaged content; "" where it is read. Anything but a FileProblem, or a long wait, fails the test."""
    path.write_bytes(data)
    for name, content in BESIDE.get(path.name, {}).items():
        path.with_name(name).write_bytes(content)
    begin, sentence = time.perf_counter(), ""
    try:
        formats.read_network(path) if network else formats.read_weights(path)
    except FileProblem as problem:
        sentence = str(problem)
        assert path.name in sentence and "\n" not in sentence and len(sentence) < (LONGEST_LIST if path.suffix == ".py" else LONGEST), sentence
        assert "Traceback" not in sentence and str(path.parent) not in sentence, sentence
    assert time.perf_counter() - begin < 4 * PATIENCE_S, "it came to no end"
    return sentence


def flipped(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """The content with one to eight bits flipped, so many times; in an archive mostly within its members, under right sums."""
    random = np.random.default_rng(seed)
    inside = members(data)
    for number in range(count):
        if inside and number % 4:
            name = list(inside)[int(random.integers(len(inside)))]
            yield zipped({**inside, name: with_flips(inside[name], random, number % 8 > 4)})
        else:
            yield with_flips(data, random, number % 8 > 4)


def with_flips(data: bytes, random: np.random.Generator, ends: bool) -> bytes:
    """A few bits flipped anywhere, or where the structure lies, at either end."""
    made = bytearray(data)
    places = np.concatenate([np.arange(min(400, len(data))), np.arange(max(0, len(data) - 400), len(data))])
    for at in random.choice(places if ends else len(data), random.integers(1, 9)):
        made[at] ^= 1 << int(random.integers(8))
    return bytes(made)


def members(data: bytes) -> dict[str, bytes]:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(inside: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    return memory.getvalue()


@pytest.mark.parametrize("name", READ)
def test_the_whole_file_is_read(whole: dict[str, tuple[str, bytes]], name: str, tmp_path: Path) -> None:
    file, data = whole[name]
    outcomes = [told(tmp_path / file, data, network) for network in (True, False)]
    assert "" in outcomes, outcomes


@pytest.mark.parametrize("name", READ)
def test_cut_at_every_hundredth_of_its_length_it_gets_a_sentence(
    whole: dict[str, tuple[str, bytes]], name: str, tmp_path: Path
) -> None:
    file, data = whole[name]
    kinds = [network for network in (True, False) if not told(tmp_path / file, data, network)]
    text = not formats.formats[name]().suffixes[0].endswith((".npz", ".safetensors", ".keras", ".h5", ".onnx"))
    with apart.one_child(PATIENCE_S):
        for part in range(100):
            for network in kinds:
                sentence = told(tmp_path / file, data[: len(data) * part // 100], network)
                # A text that ends earlier may be whole; a container knows its length, but for what no reader needs.
                assert sentence or text or part > 50, f"{part} % of the file were taken for all of it"


@pytest.mark.parametrize("name", READ)
def test_flipped_bits_get_a_sentence_or_are_read(whole: dict[str, tuple[str, bytes]], name: str, tmp_path: Path) -> None:
    flip(*whole[name], tmp_path, QUICK, 1)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", READ)
def test_ten_thousand_flips_get_a_sentence_or_are_read(whole: dict[str, tuple[str, bytes]], name: str, tmp_path: Path) -> None:
    flip(*whole[name], tmp_path, ALL, 2)


def flip(file: str, data: bytes, folder: Path, count: int, seed: int) -> None:
    """Read the file with flipped bits, as a network and as weights in turn; a reader that hangs is replaced."""
    refused, begin = 0, time.perf_counter()
    with apart.one_child(PATIENCE_S):
        for number, damaged in enumerate(flipped(data, count, seed)):
            refused += bool(told(folder / file, damaged, network=number % 2 == 0))
    print(f"{file}: {count:,} flips, {refused:,} refused, {time.perf_counter() - begin:.0f} s")
    assert refused > count // 10
