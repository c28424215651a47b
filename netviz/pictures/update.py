"""The anatomy of an update: how the gradient of one weight became its Δw, step by step, in the engine's own form.

Gradient of data and penalties, clipping, the learning rate from its schedule, the optimizer's rule line by line as the
optimizer itself tells it, weight decay, and the weight before and after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine import surgery
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Batch, Before, Frame, Phase
from netviz.engine.network import Network
from netviz.engine.optimizers import AVERAGE, FirstOrder, Piece
from netviz.engine.optimizers.line import Line
from netviz.engine.parameters import Parameters, Window
from netviz.engine.regularizers import L1, L1L2, L2, Regularizer
from netviz.engine.schedules import schedules
from netviz.i18n import _
from netviz.pictures.microscope.anatomy import letter_of
from netviz.pictures.microscope.equation import Equation, Factor, Item, Term, symbol


@dataclass(frozen=True)
class Update:
    """One weight's update, told. lines: names of values that can be followed over time, by the place of their equation.

    moved: Δw. plain: what plain SGD would have done with the same gradient and learning rate. after: None until the
    update is applied.
    """

    equations: tuple[Equation, ...]
    lines: tuple[str, ...]
    before: float
    moved: float
    plain: float
    after: float | None


def window_of(item: Item, params: Parameters) -> Window | None:
    """The array that a weight is in; None where there is none."""
    path = (item.layer, *item.name.split("/"))
    return next((window for window in params.windows if window.path == path), None)


def place_of(item: Item, window: Window) -> int:
    """Where in the vector the weight is."""
    return window.start + (int(np.ravel_multi_index(item.index, window.shape)) if item.index else 0)


def update_of(frame: Frame, network: Network, item: Item) -> Update | None:
    """The update of a weight; None before the optimizer has had its turn, and for what is not trained."""
    batch, window = frame.batch, window_of(item, frame.params)
    if batch is None or batch.before is None or window is None or not window.trainable:
        return None
    if batch.data_gradients is None or not _computed(frame):
        return None
    return _Telling(frame, network, batch, batch.before, window, item).told()


def _computed(frame: Frame) -> bool:
    return frame.phase in (Phase.OPTIMIZER, Phase.APPLY, Phase.EPOCH)


@dataclass(frozen=True)
class _Telling:
    """All that is needed to tell one update."""

    frame: Frame
    network: Network
    batch: Batch
    before: Before
    window: Window
    item: Item

    @property
    def experiment(self) -> Experiment:
        return self.frame.experiment

    @property
    def place(self) -> int:
        return place_of(self.item, self.window)

    @property
    def mark(self) -> str:
        return symbol(letter_of(self.item.name), self.item.layer, self.item.index)

    def at(self, params: Parameters) -> float:
        return float(params.vector[self.place])

    @property
    def seen(self) -> Parameters:
        return self.batch.clipped_gradients or self.frame.grads

    def told(self) -> Update:
        rate = self.frame.learning_rate
        told: list[tuple[str, Equation]] = [("g", self._gradient())]
        if self.batch.clipped_gradients is not None:
            told.append(("seen", self._seen()))
        told.append(("rate", self._rate()))
        told += self._rule()
        decay = self.experiment.optimizer.decay
        held = self.frame.updates.vector[self.place] == 0 and self._is_held()
        if decay or held:
            told.append(("update", self._total(told[-1][1].value, decay, held)))
        else:
            told[-1] = ("update", _with_value(told[-1][1], self.at(self.frame.updates)))
        applied = self.frame.phase.settled
        told.append(("w", self._applied(applied)))
        if applied and AVERAGE in self.frame.slots:
            told.append((AVERAGE, self._average()))
        equations = tuple(equation for _name, equation in told)
        plain = -rate * self.at(self.seen)
        after = self.at(self.frame.params) if applied else None
        return Update(
            equations, tuple(name for name, _equation in told), self.at(self.before.params), self.at(self.frame.updates),
            plain, after,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------ gradient

    def _equation(self, mark: str, formula: str, terms: list[Term], value: float, sentence: str) -> Equation:
        return Equation(self.item, mark, formula, tuple(terms), value, sentence)

    def _gradient(self) -> Equation:
        """g = ∂(loss of the data)/∂w + ∂R/∂w."""
        assert self.batch.data_gradients is not None
        data = self.at(self.batch.data_gradients)
        own = rf"\frac{{\partial L}}{{\partial {self.mark}}}"
        terms = [Term((Factor(own, data, self.item),), data, self.item, _("data"))]
        formula = own
        regularizer = next((r for window, r in self.network.penalized if window.path == self.window.path), None)
        if regularizer is not None:
            added, more = self._penalties(regularizer)
            terms += added
            formula += more
        sentence = _("The gradient of the loss, by backpropagation.")
        if regularizer is not None:
            sentence = _("The gradient of the data and of the penalties.")
        return self._equation("g", formula, terms, self.at(self.frame.grads), sentence)

    def _penalties(self, regularizer: Regularizer) -> tuple[list[Term], str]:
        w, terms, formula = self.at(self.before.params), [], ""
        own = Factor(self.mark, w, self.item)
        if isinstance(regularizer, (L1, L1L2)) and regularizer.l1:
            sign = float(np.sign(w))
            factors = (Factor(r"\lambda_1", regularizer.l1), Factor(rf"\text{{sign}}({self.mark})", sign))
            terms.append(Term(factors, regularizer.l1 * sign, None, "L1"))
            formula += rf" + \lambda_1 \, \text{{sign}}({self.mark})"
        if isinstance(regularizer, (L2, L1L2)) and regularizer.l2:
            terms.append(Term((Factor(r"2 \lambda_2", 2 * regularizer.l2), own), 2 * regularizer.l2 * w, None, "L2"))
            formula += rf" + 2 \lambda_2 \, {self.mark}"
        if not terms and self.batch.penalty_gradients is not None:
            value = self.at(self.batch.penalty_gradients)
            terms.append(Term((Factor(r"\partial R / \partial w", value),), value, None, _("penalties")))
            formula = rf" + \frac{{\partial R}}{{\partial {self.mark}}}"
        return terms, formula

    def _is_held(self) -> bool:
        marks = surgery.held(self.experiment.surgery, self.frame.params.windows)
        return marks is not None and bool(marks[self.place])

    def _seen(self) -> Equation:
        """What the optimizer is given: nothing of a weight that is held still, and clipped where that is chosen."""
        g, seen = self.at(self.frame.grads), self.at(self.seen)
        if self._is_held():
            terms = [Term((Factor("0", 0.0), Factor("g", g)), 0.0)]
            return self._equation("g", r"0 \cdot g", terms, 0.0, _("This weight is held still by hand."))
        optimizer, share = self.experiment.optimizer, seen / g if g else 1.0
        formula, sentence = r"g", _("Clipping left it as it is.")
        mark = "1"
        if isinstance(optimizer, FirstOrder) and share != 1.0:
            sentence = _("Clipped.")
            if optimizer.clipvalue is not None:
                formula = mark = r"\text{clip}(g, -k, k)"
                terms = [Term((Factor(mark, seen),), seen)]
                text = _("Clipped: no number of the gradient may be larger than {limit:g}.")
                return self._equation("g", formula, terms, seen, text.format(limit=optimizer.clipvalue))
            limit = optimizer.global_clipnorm or optimizer.clipnorm or 0.0
            mark, formula = r"k / \| g \|", r"\frac{k}{\| g \|} \, g"
            what = _("all arrays together") if optimizer.global_clipnorm else _("this array")
            text = _("Clipped: the norm of the gradient of {what} is {norm:.4g}, and at most {limit:g} is allowed.")
            sentence = text.format(what=what, norm=limit / share, limit=limit)
        terms = [Term((Factor(mark, share), Factor("g", g)), share * g)]
        return self._equation("g", formula, terms, seen, sentence)

    # ---------------------------------------------------------------------------------------------------- rule

    def _rate(self) -> Equation:
        """η from its schedule."""
        experiment, rate = self.experiment, self.frame.learning_rate
        base = experiment.optimizer.learning_rate
        title = schedules.title(schedules.name(type(experiment.schedule)))
        share = rate / base if base else 1.0
        if share == 1.0:
            terms = [Term((Factor(r"\eta", rate),), rate)]
            return self._equation(
                r"\eta", r"\eta_0", terms, rate, _("The learning rate; schedule: {title}.").format(title=title)
            )
        factors = (Factor(r"\eta_0", base), Factor(r"s(t)", share))
        sentence = _("The learning rate after {n:,} updates; schedule: {title}.")
        words = sentence.format(n=self.before.draw, title=title)
        return self._equation(r"\eta", r"\eta_0 \cdot s(t)", [Term(factors, rate)], rate, words)

    def _rule(self) -> list[tuple[str, Equation]]:
        """The optimizer's own lines; each is of this weight."""
        optimizer, rate = self.experiment.optimizer, self.frame.learning_rate
        one = slice(self.place, self.place + 1)
        whole = slice(0, len(self.frame.params.trainable))
        cut = one if optimizer.elementwise else whole

        def part(params: Parameters) -> Array:
            return params.vector[cut].astype(np.float64)

        w = part(self.before.params)
        if optimizer.reads_weights and optimizer.decay:
            w = w - rate * optimizer.decay * w
        slots = {name: part(self.before.slots[name]) for name in optimizer.remembers}
        windows = tuple(window for window in self.frame.params.windows if window.trainable)
        piece = Piece(w, part(self.seen), slots, part(self.frame.updates), np.empty_like(w), windows)
        with np.errstate(all="ignore"):
            lines = optimizer.terms(piece, self.before.count, rate)
        at = 0 if optimizer.elementwise else self.place
        return [self._line(line, at) for line in lines]

    def _line(self, line: Line, at: int) -> tuple[str, Equation]:
        """A line with its value: that of the new slot, where it is one and the update is made."""
        terms = []
        for product in line.products:
            factors = tuple(Factor(mark, _at(value, at)) for mark, value in product)
            terms.append(Term(factors, float(np.prod([factor.value for factor in factors]))))
        value = _at(line.value, at)
        if line.slot:
            value = self.at(self.frame.slots[line.slot])
        return line.slot or line.symbol, self._equation(line.symbol, line.formula, terms, value, line.sentence)

    def _total(self, rule: float, decay: float, held: bool) -> Equation:
        moved = self.at(self.frame.updates)
        if held:
            return self._equation(
                r"\Delta w", "0", [Term((Factor("0", 0.0),), 0.0)], moved, _("Held still: it does not move.")
            )
        rate, w = self.frame.learning_rate, self.at(self.before.params)
        terms = [
            Term((Factor(r"\Delta w", rule),), rule, None, _("rule")),
            Term(
                (Factor(r"-\eta", -rate), Factor(r"\lambda", decay), Factor(self.mark, w)),
                -rate * decay * w,
                None,
                _("decay"),
            ),
        ]
        sentence = _("Weight decay: besides, every weight shrinks by itself.")
        return self._equation(r"\Delta w", rf"\Delta w - \eta \, \lambda \, {self.mark}", terms, moved, sentence)

    # --------------------------------------------------------------------------------------------------- after

    def _applied(self, applied: bool) -> Equation:
        w, moved = self.at(self.before.params), self.at(self.frame.updates)
        terms = [
            Term((Factor(self.mark, w, self.item),), w, None, _("before")),
            Term((Factor(r"\Delta w", moved),), moved),
        ]
        value, sentence = w + moved, _("What the weight will be.")
        if applied:
            value = self.at(self.frame.params)
            sentence = _("The weight moves.")
            if abs(value - (w + moved)) > 1e-5 * max(abs(w), abs(moved), 1e-30):
                sentence = _("The weight moved, and then was set: by hand, by its average, or to the best epoch's.")
        return self._equation("w", rf"{self.mark} + \Delta w", terms, value, sentence)

    def _average(self) -> Equation:
        optimizer = self.experiment.optimizer
        mu = optimizer.ema_momentum if self.before.count > 1 else 0.0
        old, w = self.at(self.before.slots[AVERAGE]), self.at(self.before.params) + self.at(self.frame.updates)
        terms = [
            Term((Factor(r"\mu", mu), Factor("a_{t-1}", old)), mu * old),
            Term((Factor(r"1 - \mu", 1 - mu), Factor("w", w)), (1 - mu) * w),
        ]
        value = self.at(self.frame.slots[AVERAGE])
        sentence = _("The moving average of the weight.")
        return self._equation("a_t", r"\mu \, a_{t-1} + (1 - \mu) \, w", terms, value, sentence)


def _at(value: Any, at: int) -> float:
    array = np.asarray(value, float)
    return float(array) if array.ndim == 0 else float(array[at if len(array) > 1 else 0])


def _with_value(equation: Equation, value: float) -> Equation:
    return Equation(equation.item, equation.symbol, equation.formula, equation.terms, value, equation.sentence)
