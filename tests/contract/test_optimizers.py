"""Every optimizer against the formula in its docstring, written out number by number, and what all of them promise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netviz.engine import updating
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
    Optimizer,
    Piece,
    RMSprop,
    optimizers,
)
from netviz.engine.parameters import Parameters, Window
from netviz.engine.updating import Updating

State = dict[str, float]
Rule = Callable[[float, float, State, int, float], float]


def sgd(o: SGD) -> Rule:
    def rule(w: float, g: float, s: State, t: int, rate: float) -> float:
        if not o.momentum:
            return -rate * g
        s["m"] = o.momentum * s.get("m", 0.0) - rate * g
        return o.momentum * s["m"] - rate * g if o.nesterov else s["m"]

    return rule


def lion(o: Lion) -> Rule:
    def rule(w: float, g: float, s: State, t: int, rate: float) -> float:
        m = s.get("m", 0.0)
        s["m"] = o.beta_2 * m + (1 - o.beta_2) * g
        return -rate * float(np.sign(o.beta_1 * m + (1 - o.beta_1) * g))

    return rule


def adagrad(o: Adagrad) -> Rule:
    def rule(w: float, g: float, s: State, t: int, rate: float) -> float:
        s["s"] = s.get("s", o.initial_accumulator_value) + g * g
        return -rate * g / math.sqrt(s["s"] + o.epsilon)

    return rule


def adadelta(o: Adadelta) -> Rule:
    def rule(w: float, g: float, s: State, t: int, rate: float) -> float:
        s["s"] = o.rho * s.get("s", 0.0) + (1 - o.rho) * g * g
        delta = -math.sqrt(s.get("d", 0.0) + o.epsilon) / math.sqrt(s["s"] + o.epsilon) * g
        s["d"] = o.rho * s.get("d", 0.0) + (1 - o.rho) * delta**2
        return rate * delta

    return rule


def rmsprop(o: RMSprop) -> Rule:
    def rule(w: float, g: float, s: State, t: int, rate: float) -> float:
        s["v"] = o.rho * s.get("v", 0.0) + (1 - o.rho) * g * g
        under = s["v"]
        if o.centered:
            s["a"] = o.rho * s.get("a", 0.0) + (1 - o.rho) * g
            under -= s["a"] ** 2
        step = rate * g / math.sqrt(under + o.epsilon)
        if not o.momentum:
            return -step
        s["m"] = o.momentum * s.get("m", 0.0) + step
        return -s["m"]

    return rule


def adam(o: Adam) -> Rule:
    def rule(w: float, g: float, s: State, t: int, rate: float) -> float:
        s["m"] = o.beta_1 * s.get("m", 0.0) + (1 - o.beta_1) * g
        s["v"] = o.beta_2 * s.get("v", 0.0) + (1 - o.beta_2) * g * g
        v = s["v"]
        if o.amsgrad:
            v = s["top"] = max(s.get("top", 0.0), v)
        return -rate * math.sqrt(1 - o.beta_2**t) / (1 - o.beta_1**t) * s["m"] / (math.sqrt(v) + o.epsilon)

    return rule


def adamax(o: Adamax) -> Rule:
    def rule(w: float, g: float, s: State, t: int, rate: float) -> float:
        s["m"] = o.beta_1 * s.get("m", 0.0) + (1 - o.beta_1) * g
        s["u"] = max(o.beta_2 * s.get("u", 0.0), abs(g))
        return -rate / (1 - o.beta_1**t) * s["m"] / (s["u"] + o.epsilon)

    return rule


def nadam(o: Nadam) -> Rule:
    def mu(i: int) -> float:
        return o.beta_1 * (1 - 0.5 * 0.96**i)

    def rule(w: float, g: float, s: State, t: int, rate: float) -> float:
        s["m"] = o.beta_1 * s.get("m", 0.0) + (1 - o.beta_1) * g
        s["v"] = o.beta_2 * s.get("v", 0.0) + (1 - o.beta_2) * g * g
        s["U"] = s.get("U", 1.0) * mu(t)
        ahead = mu(t + 1) * s["m"] / (1 - s["U"] * mu(t + 1)) + (1 - mu(t)) * g / (1 - s["U"])
        return -rate * ahead / (math.sqrt(s["v"] / (1 - o.beta_2**t)) + o.epsilon)

    return rule


def ftrl(o: Ftrl) -> Rule:
    p, l1 = -o.learning_rate_power, o.l1_regularization_strength

    def rule(w: float, g: float, s: State, t: int, rate: float) -> float:
        before = s.get("n", o.initial_accumulator_value)
        n = s["n"] = before + g * g
        shrinking = 2 * o.l2_shrinkage_regularization_strength * w
        l = s["l"] = s.get("l", 0.0) + g + shrinking - (n**p - before**p) / rate * w
        under = n**p / rate + 2 * o.l2_regularization_strength + o.beta / rate
        return (min(max(l, -l1), l1) - l) / under - w

    return rule


CASES: list[tuple[Optimizer, Callable[[Any], Rule]]] = [
    (SGD(), sgd),
    (SGD(0.1, momentum=0.9), sgd),
    (SGD(0.1, momentum=0.7, nesterov=True, weight_decay=0.1), sgd),
    (Lion(), lion),
    (Lion(0.01, 0.5, 0.7, weight_decay=0.2), lion),
    (Adagrad(), adagrad),
    (Adagrad(0.1, initial_accumulator_value=0.0, epsilon=1e-4, weight_decay=0.1), adagrad),
    (Adadelta(), adadelta),
    (Adadelta(0.7, rho=0.6, epsilon=1e-3, weight_decay=0.05), adadelta),
    (RMSprop(), rmsprop),
    (RMSprop(0.01, rho=0.7, epsilon=1e-3, weight_decay=0.3), rmsprop),
    (RMSprop(0.01, momentum=0.6), rmsprop),
    (RMSprop(0.01, centered=True, epsilon=1e-3), rmsprop),
    (RMSprop(0.01, centered=True, momentum=0.6, epsilon=1e-3), rmsprop),
    (Adam(), adam),
    (Adam(0.02, beta_1=0.5, beta_2=0.8, epsilon=1e-2), adam),
    (Adam(amsgrad=True), adam),
    (AdamW(), adam),
    (AdamW(0.02, weight_decay=0.3, amsgrad=True), adam),
    (Adamax(), adamax),
    (Adamax(0.02, beta_1=0.5, beta_2=0.8, epsilon=1e-2, weight_decay=0.2), adamax),
    (Nadam(), nadam),
    (Nadam(0.02, beta_1=0.5, beta_2=0.8, epsilon=1e-2, weight_decay=0.2), nadam),
    (Ftrl(), ftrl),
    (Ftrl(0.1, -0.7, 0.3, 0.2, 0.1, 0.05, 0.4), ftrl),
    (Ftrl(0.1, l2_shrinkage_regularization_strength=0.2, weight_decay=0.5), ftrl),
]
WHOLE: list[Optimizer] = [Adafactor(), Adafactor(0.5, -0.5, 1e-6, 0.1, 0.3, weight_decay=0.1)]
OPTIMIZERS = [*(case[0] for case in CASES), *WHOLE]
WINDOWS = (Window((0, "kernel"), (2, 3), 0), Window((0, "bias"), (3,), 6))


def made(vector: np.ndarray) -> Parameters:
    return Parameters(vector, WINDOWS)


def run(optimizer: Optimizer, w: np.ndarray, gradients: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The weights after updates by the engine's optimizer, and what it remembers then."""
    params, grads = made(w.copy()), made(np.empty_like(w))
    slots = {name: made(np.full_like(w, optimizer.first(name))) for name in optimizer.slot_names}
    work = Updating(optimizer, params, grads, slots)
    for t, g in enumerate(gradients, start=1):
        grads.vector[:] = g
        work.compute(t, optimizer.learning_rate)
        work.apply(t)
    return params.vector, {name: slot.vector for name, slot in slots.items()}


@pytest.fixture(scope="module")
def numbers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return rng.normal(size=9), rng.normal(size=(100, 9)) * rng.uniform(0.01, 10, 9)


@pytest.mark.parametrize(("optimizer", "formula"), CASES, ids=[str(optimizer) for optimizer, _formula in CASES])
def test_a_hundred_updates_equal_the_formula_written_out(
    optimizer: Optimizer, formula: Callable[[Any], Rule], numbers: tuple[np.ndarray, np.ndarray]
) -> None:
    first, gradients = numbers
    rule, expected = formula(optimizer), first.copy()
    for place in range(len(first)):
        state: State = {}
        for t, g in enumerate(gradients[:, place].tolist(), start=1):
            expected[place] -= optimizer.learning_rate * optimizer.decay * expected[place]
            expected[place] += rule(float(expected[place]), g, state, t, optimizer.learning_rate)
    np.testing.assert_allclose(run(optimizer, first, gradients)[0], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("optimizer", WHOLE, ids=str)
def test_adafactor_equals_its_formula_written_out(optimizer: Adafactor, numbers: tuple[np.ndarray, np.ndarray]) -> None:
    def rms(x: np.ndarray) -> float:
        return float(np.sqrt((x**2).mean()))

    kernel, bias = numbers[0][:6].reshape(2, 3).copy(), numbers[0][6:].copy()
    r, c, v = np.zeros(2), np.zeros(3), np.zeros(3)
    for t, g in enumerate(numbers[1], start=1):
        beta, rate = 1 - t**optimizer.beta_2_decay, min(optimizer.learning_rate, t**-0.5)
        squares = g**2 + optimizer.epsilon_1
        r = beta * r + (1 - beta) * squares[:6].reshape(2, 3).mean(1)
        c = beta * c + (1 - beta) * squares[:6].reshape(2, 3).mean(0)
        v = beta * v + (1 - beta) * squares[6:]
        for w, own, under in ((kernel, g[:6].reshape(2, 3), np.outer(r, c) / r.mean()), (bias, g[6:], v)):
            w -= optimizer.learning_rate * optimizer.decay * w
            u = own / np.sqrt(under)
            w -= max(optimizer.epsilon_2, rms(w)) * rate * u / max(1, rms(u) / optimizer.clip_threshold)
    found, slots = run(optimizer, *numbers)
    np.testing.assert_allclose(found, np.concatenate([kernel.ravel(), bias]), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(slots["row"][:6].reshape(2, 3), np.broadcast_to(r[:, None], (2, 3)), rtol=1e-12)
    np.testing.assert_allclose(slots["column"][:6].reshape(2, 3), np.broadcast_to(c, (2, 3)), rtol=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_a_vector_in_pieces_gives_the_same_bits(
    optimizer: Optimizer, numbers: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, gradients = (array.astype(np.float32) for array in numbers)
    whole, slots = run(optimizer, first, gradients)
    monkeypatch.setattr(updating, "PIECE", 2)
    found, others = run(optimizer, first, gradients)
    assert found.tobytes() == whole.tobytes()
    assert {n: s.tobytes() for n, s in slots.items()} == {n: s.tobytes() for n, s in others.items()}


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_an_update_seen_before_and_after_it_is_applied_is_the_one_the_weights_made(
    optimizer: Optimizer, numbers: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "PIECE", 2)
    first, gradients = (array.astype(np.float32) for array in numbers)
    params, grads, held = made(first.copy()), made(np.empty_like(first)), np.arange(9) == 4
    slots = {name: made(np.full_like(first, optimizer.first(name))) for name in optimizer.slot_names}
    work = Updating(optimizer, params, grads, slots, held)
    assert not work.updates.vector.any()
    for t, g in enumerate(gradients[:4], start=1):
        before = params.vector.copy()
        grads.vector[:] = g
        if t % 2:
            work.compute(t, optimizer.learning_rate)
            computed = work.updates.vector.copy()
            assert (params.vector == before).all() and computed.any() and not computed[held].any()
            work.apply(t)
            assert work.updates.vector.tobytes() == computed.tobytes()
        else:
            work.move(t, optimizer.learning_rate)
        assert (params.vector == before + work.updates.vector).all()
    work.forget()
    assert not work.updates.vector.any()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_and_gradients_are_left_alone_and_the_precision_stays(optimizer: Optimizer, dtype: str) -> None:
    w, g = np.ones(9, dtype), np.ones(9, dtype)
    w.setflags(write=False)
    g.setflags(write=False)
    slots = {name: np.full(9, optimizer.first(name), dtype) for name in optimizer.slot_names}
    out, spare = np.full(9, np.nan, dtype), np.full(9, np.nan, dtype)
    optimizer.update(Piece(w, g, slots, out, spare, WINDOWS), 1, 0.1)
    assert np.isfinite(out).all() and all(np.isfinite(slot).all() for slot in slots.values())


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_a_gradient_of_nothing_moves_nothing_but_what_decays_and_ftrl(optimizer: Optimizer) -> None:
    w = np.arange(1.0, 10)
    found, _slots = run(optimizer, w, np.zeros((3, 9)))
    if isinstance(optimizer, Ftrl):
        assert (np.abs(found) <= np.abs(w)).all()
        return
    np.testing.assert_allclose(found, w * (1 - optimizer.learning_rate * optimizer.decay) ** 3, rtol=1e-12)


def test_a_weight_without_any_gradient_stays_where_it_is_under_ftrl_that_begins_at_nothing() -> None:
    w = np.arange(1.0, 10)
    assert (run(Ftrl(initial_accumulator_value=0.0), w, np.zeros((3, 9)))[0] == w).all()


def test_every_optimizer_is_in_the_table() -> None:
    apart = {LBFGS}  # it searches, and has tests of its own
    assert {type(optimizer) for optimizer in OPTIMIZERS} | apart == {optimizers[name] for name in optimizers}
