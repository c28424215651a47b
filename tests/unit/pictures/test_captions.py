"""Every phase has its numbered sentence and formula."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netviz.datasets import Circle
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Dropout
from netviz.engine.losses import MeanSquaredError
from netviz.engine.optimizers import SGD
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.pictures.captions import Caption, caption

SMALL = Experiment(Circle(count=100), (Dense(4, Tanh()), Dropout(0.2), Dense(1, Sigmoid())), epochs=1, batch_size=16)


def captions(experiment: Experiment) -> list[Caption]:
    """Of the start, of each phase of the first update, and of the end of the epoch."""
    samples = experiment.samples()
    network = experiment.network(samples)
    told = [caption(moment.frame(), network) for moment in train(Run.of(experiment), samples, stride=Stride.PHASE)]
    return [told[0], *told[1 : told[1].count + 1], told[-1]]


def test_the_phases_of_an_update_are_numbered_and_told_in_order() -> None:
    start, *phases, end = captions(SMALL)
    assert (start.number, end.number) == (0, 0)
    assert "Before the first update" in start.sentence and "Epoch 1 has ended" in end.sentence
    assert [told.number for told in phases] == list(range(1, 10)) and {told.count for told in phases} == {9}
    begins = ["Forward"] * 3 + ["Loss"] + ["Backward"] * 3 + ["Optimizer", "Apply"]
    assert [told.sentence.split(":")[0] for told in phases] == begins
    assert all(told.formula for told in phases)


def test_each_formula_is_that_of_the_layer_loss_and_optimizer_at_hand() -> None:
    _start, first, drop, _out, loss, last, back, dense, optimizer, move, _end = captions(SMALL)
    assert r"\tanh" in first.formula and "dense" in first.sentence
    assert "no weights" in drop.sentence and "no weights" in back.sentence and "rows" in loss.sentence
    assert r"\ln" in loss.formula and "p - y" in last.formula and "f'(z)" in dense.formula
    assert "sqrt" in optimizer.formula and "Adam" in optimizer.sentence and "0.01" not in move.formula
    others = captions(replace(SMALL, loss=MeanSquaredError(), optimizer=SGD(0.1, momentum=0.9)))
    assert "(p - y)^2" in others[4].formula and r"\mu" in others[8].formula and "0.1" in others[8].sentence


def test_the_loss_told_is_the_batchs_own() -> None:
    samples = SMALL.samples()
    network = SMALL.network(samples)
    *_all, end = train(Run.of(SMALL), samples, stride=Stride.PHASE)
    wanted = float(end.history.steps["loss"][0])
    frame = next(m.frame() for m in train(Run.of(SMALL), samples, stride=Stride.PHASE) if m.phase.name == "LOSS")
    assert f"L = {wanted:.4g}" in caption(frame, network).sentence


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_example_has_captions(name) -> None:
    told = captions(replace(EXAMPLES[name].experiment, epochs=1))
    assert all(part.sentence for part in told)
