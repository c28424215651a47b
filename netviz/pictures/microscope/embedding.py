"""Tables and slopes that are learnt: an embedding's row for each token, and a PReLU's slope below zero."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array, size
from netviz.engine.layers import Embedding, PReLU
from netviz.i18n import _, plural
from netviz.pictures.microscope.anatomy import (
    Anatomy,
    alone,
    below_of,
    delta,
    deltas,
    explains,
    given,
    output_of,
    product,
    row_of,
    weight,
)
from netviz.pictures.microscope.equation import Equation, Factor, Sum, Term
from netviz.pictures.microscope.slide import Index, Slide


@explains(Embedding)
class OfEmbedding(Anatomy):
    """y = E[x]: a token's numbers are learnt at the places where it stands."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        *where, j = index
        token = int(slide.memory["tokens"][(row, *where)])
        sentence = _("Token {token} stands here: its number {n} of the table.").format(token=_named(slide, token), n=j + 1)
        total = alone(product(weight(slide, "embeddings", (token, j))))
        return output_of(slide, index, row, rf"E_{{{token + 1},{j + 1}}}", total, sentence)

    def shares(self, slide: Slide, name: str, index: Index) -> Array:
        stands = np.asarray(slide.memory["tokens"]) == index[0]
        return np.asarray((deltas(slide)[..., index[1]] * stands).reshape(slide.rows, -1).sum(1))

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        token, j = index
        places = [tuple(int(i) for i in at) for at in np.argwhere(slide.memory["tokens"][row] == token)]

        def term(number: int) -> Term:
            label = _("place {n}").format(n=", ".join(str(i + 1) for i in places[number]))
            return product(delta(slide, (*places[number], j), row), label=label)

        values = np.array([delta(slide, (*at, j), row).value for at in places])
        sentence = plural("Token {token} stands at {n} place of this row.", "Token {token} stands at {n} places of this row.",
                          len(places), token=_named(slide, token))  # fmt: skip
        if not places:
            sentence = _("Token {token} does not stand in this row, so the row wants nothing of it.")
            sentence = sentence.format(token=_named(slide, token))
        elif token == 0 and slide.settings.makes_mask:
            sentence += " " + _("It is padding: layers above leave it out.")
        formula = r"\sum_{x_t = k} \delta_t" if places else "0"
        return row_of(slide, name, index, row, formula, Sum(values, term), sentence)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        return below_of(slide, index, row, "0", alone(), _("A token is a name, no amount: it has no gradient."))


def _named(slide: Slide, token: int) -> str:
    """A token's number, and the word that it stands for."""
    word = slide.words[token] if token < len(slide.words) else ""
    return f"{token} “{word}”" if word else str(token)


@explains(PReLU)
class OfPRelu(Anatomy):
    """y = x where x > 0, else α·x: ∂L/∂α = Σ min(x, 0)·δ."""

    @staticmethod
    def _of(slide: Slide, index: Index) -> Index:
        shape = slide.weights["alpha"].shape
        return tuple(0 if side == 1 else i for i, side in zip(index, shape, strict=True))

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        x, alpha = given(slide, index, row), weight(slide, "alpha", self._of(slide, index))
        positive = x.value > 0
        total = alone(product(x) if positive else product(alpha, x))
        sentence = _("Above zero it passes as it is.") if positive else _("Below zero it is scaled by the slope that is learnt.")
        return output_of(slide, index, row, r"\max(0, x) + \alpha \min(0, x)", total, sentence)

    def _products(self, slide: Slide, index: Index) -> Array:
        """min(x, 0)·δ at all numbers that use the slope, (rows, ...)."""
        below = np.minimum(slide.input.astype(float), 0.0)
        return np.asarray((below * deltas(slide))[(slice(None), *self._using(slide, index))])

    @staticmethod
    def _using(slide: Slide, index: Index) -> tuple[slice | int, ...]:
        shape = slide.weights["alpha"].shape
        return tuple(slice(None) if side == 1 else i for i, side in zip(index, shape, strict=True))

    def shares(self, slide: Slide, name: str, index: Index) -> Array:
        return np.asarray(self._products(slide, index).reshape(slide.rows, -1).sum(1))

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        places = np.arange(size(slide.shape)).reshape(slide.shape)[self._using(slide, index)].reshape(-1)

        def term(number: int) -> Term:
            at = tuple(int(i) for i in np.unravel_index(places[number], slide.shape))
            x = given(slide, at, row)
            low = Factor(rf"\min(0, {x.symbol})", min(0.0, x.value), x.item)
            return product(low, delta(slide, at, row))

        sentence = _("Only numbers below zero use the slope: each times what the loss wants of the output.")
        many = r"\sum_s " if len(places) > 1 else ""
        total = Sum(self._products(slide, index)[row], term)
        return row_of(slide, name, index, row, rf"{many}\min(0, x) \, \delta", total, sentence)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        x, here = float(slide.input[(row, *index)]), delta(slide, index, row)
        slope = Factor("1", 1.0) if x > 0 else weight(slide, "alpha", self._of(slide, index))
        slope = Factor("0", 0.0) if x == 0 else slope
        sentence = _("Above zero all of it comes back, below zero as much as the slope lets through.")
        formula = r"[x > 0] \, \delta + [x < 0] \, \alpha \, \delta"
        return below_of(slide, index, row, formula, alone(product(slope, here)), sentence)
