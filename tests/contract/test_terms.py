"""What an optimizer says of an update is what it does: its lines come to the engine's Δw and to the new slots."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netviz.engine.optimizers import (
    LBFGS,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lion,
    Nadam,
    Objective,
    Optimizer,
    Piece,
    RMSprop,
    optimizers,
)
from netviz.engine.optimizers.line import Line, multiplied
from netviz.engine.parameters import Window

WINDOWS = (Window((0, "kernel"), (3, 4), 0), Window((0, "bias"), (4,), 12))
COUNT = 16
CASES: dict[str, Optimizer] = {
    "sgd": SGD(0.1),
    "momentum": SGD(0.1, momentum=0.9),
    "nesterov": SGD(0.1, momentum=0.9, nesterov=True),
    "lion": Lion(0.1, beta_1=0.7),
    "adagrad": Adagrad(0.1),
    "adadelta": Adadelta(0.5),
    "adadelta forgets at once": Adadelta(0.5, rho=0.0),
    "rmsprop": RMSprop(0.1),
    "rmsprop centered": RMSprop(0.1, centered=True, momentum=0.5),
    "ftrl": Ftrl(0.1),
    "ftrl in full": Ftrl(0.1, -0.7, 0.2, 0.3, 0.4, 0.1, 0.5),
    "ftrl from nothing": Ftrl(0.1, initial_accumulator_value=0.0),
    "adam": Adam(0.1),
    "amsgrad": Adam(0.1, amsgrad=True),
    "adamw": AdamW(0.1),
    "adamax": Adamax(0.1),
    "nadam": Nadam(0.1),
    "adafactor": Adafactor(0.1),
    "adafactor clipped": Adafactor(0.1, clip_threshold=0.1),
    "lbfgs": LBFGS(),
    "lbfgs armijo": LBFGS(line_search="armijo", history_size=2),
}  # fmt: skip


class Bowl(Objective):
    """L = ½·Σ k·w², whose gradient is k·w."""

    curvature = np.linspace(0.2, 3, COUNT)

    def __init__(self, w: Any) -> None:
        self.w = w

    def here(self) -> float:
        return self.at(self.w)[0]

    def at(self, w: Any) -> tuple[float, Any]:
        return float(0.5 * (self.curvature * w * w).sum()), self.curvature * w


def updates(optimizer: Optimizer, count: int = 6) -> Any:
    """(piece before the update, with Δw as it was made; slots after it; t) of some updates in a row."""
    rng = np.random.default_rng(3)
    w = rng.normal(size=COUNT)
    slots = {name: np.full(COUNT, optimizer.first(name)) for name in optimizer.remembers}
    for t in range(1, count + 1):
        bowl = Bowl(w)
        g = bowl.at(w)[1] if not optimizer.elementwise else rng.normal(size=COUNT) * np.logspace(-3, 1, COUNT)
        g[0] *= optimizer.elementwise is False
        before = {name: slot.copy() for name, slot in slots.items()}
        out = np.empty(COUNT)
        optimizer.update(Piece(w, g, slots, out, np.empty(COUNT), WINDOWS, bowl), t, optimizer.learning_rate)
        yield Piece(w.copy(), g, before, out, np.empty(COUNT), WINDOWS), slots, t
        w += out


def test_every_optimizer_is_among_the_cases() -> None:
    assert {type(optimizer) for optimizer in CASES.values()} == {optimizers[name] for name in optimizers}
    assert all("terms" in vars(kind) or kind is AdamW for kind in map(type, CASES.values()))


@pytest.mark.parametrize("name", CASES)
def test_the_lines_come_to_the_engines_update(name: str) -> None:
    optimizer = CASES[name]
    for piece, _slots, t in updates(optimizer):
        *_lines, last = optimizer.terms(piece, t, optimizer.learning_rate)
        assert last.symbol == r"\Delta w"
        np.testing.assert_allclose(np.broadcast_to(last.value, COUNT), piece.out, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", CASES)
def test_lines_of_slots_are_the_new_slots(name: str) -> None:
    optimizer = CASES[name]
    for piece, slots, t in updates(optimizer):
        lines = optimizer.terms(piece, t, optimizer.learning_rate)
        told = {line.slot: line.value for line in lines if line.slot}
        assert set(told) == (set(optimizer.remembers) if optimizer.elementwise else {*told} & set(optimizer.remembers))
        for slot, value in told.items():
            np.testing.assert_allclose(value, slots[slot], rtol=1e-10, atol=1e-15, err_msg=slot)


@pytest.mark.parametrize("name", CASES)
def test_each_line_is_the_sum_of_its_products_in_words_and_a_formula(name: str) -> None:
    optimizer = CASES[name]
    for piece, _slots, t in updates(optimizer, 3):
        before = {slot: array.copy() for slot, array in piece.slots.items()}
        for line in optimizer.terms(piece, t, optimizer.learning_rate):
            assert isinstance(line, Line) and line.sentence and line.formula and line.symbol
            total = sum(multiplied(product) for product in line.products)
            np.testing.assert_allclose(total, line.value, rtol=1e-12)
        assert all((piece.slots[slot] == array).all() for slot, array in before.items())


@pytest.mark.parametrize("name", [name for name, optimizer in CASES.items() if optimizer.elementwise])
def test_one_weight_alone_is_told_the_same(name: str) -> None:
    optimizer = CASES[name]
    for piece, _slots, t in updates(optimizer, 3):
        one = slice(5, 6)
        own = Piece(piece.w[one], piece.g[one], {n: s[one] for n, s in piece.slots.items()}, piece.out[one], piece.out[one])
        told = optimizer.terms(own, t, optimizer.learning_rate)[-1]
        np.testing.assert_allclose(float(told.value.item()), piece.out[5], rtol=1e-12)


def test_an_optimizer_that_says_nothing_still_gives_its_update() -> None:
    optimizer = Adam(0.1)
    for piece, _slots, t in updates(optimizer, 2):
        (line,) = Optimizer.terms(optimizer, piece, t, 0.1)
        np.testing.assert_array_equal(line.value, piece.out)
