"""Steps along the gradient or along its running mean: SGD and Lion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.codec import Fraction, Range, Rate, Title
from netviz.engine.optimizers.line import Line, line
from netviz.engine.optimizers.optimizer import FirstOrder, Momentum, Piece, optimizers, scalars
from netviz.i18n import N_, _


@optimizers.register("sgd", title=N_("SGD"))
@dataclass(frozen=True)
class SGD(FirstOrder):
    """Δw = −η·g. With momentum μ: m ← μ·m − η·g, Δw = m; with nesterov: Δw = μ·m − η·g. Sutskever et al., 2013."""

    recalls: ClassVar[bool] = True

    learning_rate: Rate = 0.01
    momentum: Momentum = 0.0
    nesterov: Annotated[bool, Title(N_("Nesterov momentum"))] = False

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("momentum",) if self.momentum else ()

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        if self.momentum:
            m, (mu,) = piece.slots["momentum"], scalars(piece.g.dtype, self.momentum)
            np.multiply(m, mu, out=m)
            np.add(m, np.multiply(piece.g, -learning_rate, out=piece.spare), out=m)
        self.recall(piece, t, learning_rate)

    def recall(self, piece: Piece, t: int, learning_rate: float) -> None:
        _w, g, slots, out, spare, *_more = piece
        if self.momentum and not self.nesterov:
            np.copyto(out, slots["momentum"])
            return
        np.multiply(g, -learning_rate, out=out)  # −η·g
        if self.momentum:
            (mu,) = scalars(g.dtype, self.momentum)
            np.add(out, np.multiply(slots["momentum"], mu, out=spare), out=out)

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        step = ((r"-\eta", -learning_rate), ("g", piece.g))
        if not self.momentum:
            return (line(r"\Delta w", r"-\eta \, g", step, sentence=_("A step against the gradient.")),)
        sentence = _("Momentum: the last updates go on.")
        kept = ((r"\mu", self.momentum), ("m_{t-1}", piece.slots["momentum"]))
        m = line("m_t", r"\mu \, m_{t-1} - \eta \, g", kept, step, sentence=sentence, slot="momentum")
        if self.nesterov:
            ahead = ((r"\mu", self.momentum), ("m_t", m.value))
            sentence = _("Nesterov: the momentum, looked ahead.")
            return m, line(r"\Delta w", r"\mu \, m_t - \eta \, g", ahead, step, sentence=sentence)
        return m, line(r"\Delta w", "m_t", (("m_t", m.value),), sentence=_("The momentum itself."))


@optimizers.register("lion", title=N_("Lion"))
@dataclass(frozen=True)
class Lion(FirstOrder):
    """Δw = −η·sign(β₁·m + (1 − β₁)·g), then m ← β₂·m + (1 − β₂)·g: every weight moves by η. Chen et al., 2023."""

    beta_1: Annotated[float, Range(above=0, high=1, title=N_("Share of momentum β₁"))] = 0.9
    beta_2: Annotated[Fraction, Title(N_("Decay of momentum β₂"))] = 0.99

    @property
    def remembers(self) -> tuple[str, ...]:
        return ("momentum",)

    def update(self, piece: Piece, t: int, learning_rate: float) -> None:
        _w, g, slots, out, spare, *_more = piece
        m = slots["momentum"]
        beta_1, rest_1, beta_2, rest_2 = scalars(g.dtype, self.beta_1, 1 - self.beta_1, self.beta_2, 1 - self.beta_2)
        np.add(np.multiply(m, beta_1, out=out), np.multiply(g, rest_1, out=spare), out=out)
        np.multiply(np.sign(out, out=out), -learning_rate, out=out)
        np.add(np.multiply(m, beta_2, out=m), np.multiply(g, rest_2, out=spare), out=m)

    def terms(self, piece: Piece, t: int, learning_rate: float) -> tuple[Line, ...]:
        m = piece.slots["momentum"]
        mixed = line(
            "c", r"\beta_1 m_{t-1} + (1 - \beta_1) \, g",
            ((r"\beta_1", self.beta_1), ("m_{t-1}", m)), ((r"1 - \beta_1", 1 - self.beta_1), ("g", piece.g)),
            sentence=_("Momentum and gradient, for this update alone."),
        )  # fmt: skip
        kept = line(
            "m_t", r"\beta_2 m_{t-1} + (1 - \beta_2) \, g",
            ((r"\beta_2", self.beta_2), ("m_{t-1}", m)), ((r"1 - \beta_2", 1 - self.beta_2), ("g", piece.g)),
            sentence=_("The mean gradient, for the next update."), slot="momentum",
        )  # fmt: skip
        step = ((r"-\eta", -learning_rate), (r"\text{sign}(c)", np.sign(mixed.value)))
        sentence = _("Only the sign counts: every weight moves by η.")
        return mixed, kept, line(r"\Delta w", r"-\eta \, \text{sign}(c)", step, sentence=sentence)
