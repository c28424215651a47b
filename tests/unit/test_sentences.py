"""Opinions in two languages; nobody does well on the validation part by knowing sentences by heart."""

from __future__ import annotations

import numpy as np
import pytest

from netviz import resources
from netviz.cli import main
from netviz.datasets import Preprocessing, Sentences, prepare
from netviz.document.projectfile import Project, save
from netviz.engine.activations import Sigmoid
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Embedding, GlobalAveragePooling1D
from netviz.engine.optimizers import Adam
from netviz.engine.run import Run
from netviz.engine.train import train

with np.load(resources.path("data", "sentences.npz")) as file:
    STORED = dict(file)


def test_no_pattern_and_no_sentence_stands_on_both_sides() -> None:
    held = STORED["held"]
    for name in ("pattern", "text"):
        assert not set(STORED[name][held]) & set(STORED[name][~held])
    assert held[-held.sum() :].all()


@pytest.mark.parametrize("language", ["both", "english", "chinese"])
def test_half_of_each_part_praises_and_the_last_rows_are_for_validation(language: str) -> None:
    data = Sentences(language).load()  # type: ignore[arg-type]
    samples = prepare(Sentences(language), Preprocessing(), 0, "float32")  # type: ignore[arg-type]
    assert len(samples.validation_x) == data.validation_rows and samples.row_shape == (16,)
    assert samples.y.mean() == samples.validation_y.mean() == 0.5
    assert (samples.x[:] != 1).all(), "every training word is in the vocabulary"


def test_rows_read_out_as_their_sentences() -> None:
    samples = prepare(Sentences(), Preprocessing(), 0, "float32")
    told = [samples.told(samples.x[row]) for row in range(30)]
    assert told[0] == STORED["text"][0].lower() or " " not in told[0]
    for text, found in zip(STORED["text"].tolist(), told, strict=False):
        assert found == "".join(c for c in text.lower() if c not in "，。！,")
    short = prepare(Sentences(length=4), Preprocessing(), 0, "float32")
    assert short.row_shape == (4,) and told[0].startswith(short.told(short.x[0]))


def test_a_trained_project_judges_sentences_of_a_text_file(tmp_path, capsys) -> None:
    layers = (Embedding(256, 8, mask_zero=True), GlobalAveragePooling1D(), Dense(1, Sigmoid()))
    experiment = Experiment(Sentences(), layers, optimizer=Adam(0.02), epochs=6)
    *_all, last = train(Run.of(experiment), experiment.samples())
    save(str(tmp_path / "s.netviz"), Project(experiment, Run.of(experiment), last.frame()))
    (tmp_path / "say.txt").write_text("What a wonderful story!\n\n这部电影真糟糕。\n", encoding="utf-8")
    assert main(["predict", str(tmp_path / "s.netviz"), str(tmp_path / "say.txt")]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head == "class,negative,positive"
    assert first.startswith("positive") and second.startswith("negative")
    (tmp_path / "say.txt").write_text("\n \n")
    assert main(["predict", str(tmp_path / "s.netviz"), str(tmp_path / "say.txt")]) == 2
    assert "has no lines" in capsys.readouterr().err
