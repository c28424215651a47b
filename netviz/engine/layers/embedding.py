"""Token numbers turned into vectors that are learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range, Title
from netviz.engine.initializers import Initializer, RandomUniform
from netviz.engine.layers.layer import SEQUENCE, Layer, LayerProblem, Memory, Weight, Weights, layers
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_, _

# Tokens travel in the experiment's precision; float32 tells whole numbers apart up to here.
MOST_TOKENS = 2**24


@layers.register("embedding", title=N_("Embedding"))
@dataclass(frozen=True)
class Embedding(Layer):
    """y = E[x]: row x of the table E (input_dim, output_dim) for each token x, a whole number from 0 to input_dim − 1.

    (steps,) -> (steps, output_dim). ∂L/∂E[k] = Σ ∂L/∂y over the places where x = k; tokens have no gradient.
    mask_zero: token 0 is padding; the layers above are told which steps those are. LayerProblem for other tokens.
    Source: https://keras.io/api/layers/core_layers/embedding
    """

    group = SEQUENCE

    input_dim: Annotated[int, Range(low=1, high=MOST_TOKENS, log=True, title=N_("Number of tokens"))] = 1000
    output_dim: Annotated[int, Range(low=1, high=1_000_000, log=True, title=N_("Numbers for a token"))] = 16
    embeddings_initializer: Initializer = RandomUniform()
    embeddings_regularizer: Regularizer | None = None
    mask_zero: Annotated[bool, Title(N_("Token 0 is padding"))] = False

    @property
    def makes_mask(self) -> bool:
        return self.mask_zero

    def output_shape(self, input_shape: Shape) -> Shape:
        if not input_shape:
            raise LayerProblem(_("An embedding needs at least one token for each row."))
        if self.mask_zero and len(input_shape) > 1:
            sentence = _(
                "Padding is marked in rows of tokens (steps,), but here come rows of the shape {found}; "
                "turn mask_zero off, or put a Flatten layer in front."
            )
            raise LayerProblem(sentence.format(found=input_shape))
        return (*input_shape, self.output_dim)

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        shape = (self.input_dim, self.output_dim)
        return (Weight("embeddings", shape, self.embeddings_initializer, self.embeddings_regularizer),)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        tokens = context.scratch("tokens", x.shape, np.intp)
        with np.errstate(invalid="ignore"):  # what is not finite is refused below
            np.copyto(tokens, x, casting="unsafe")
        self._refuse_others(x, tokens)
        if self.mask_zero:
            context.made_mask = np.not_equal(tokens, 0, out=context.scratch("not padding", x.shape, np.bool_))
        y = context.out("y", (*x.shape, self.output_dim))
        np.take(params["embeddings"], tokens, axis=0, out=y, mode="clip")  # clip: "raise" would copy; none is outside
        return y, {"x": x, "tokens": tokens}

    def _refuse_others(self, x: Array, tokens: Array) -> None:
        """LayerProblem for what is no token of the table."""
        if tokens.min() >= 0 and tokens.max() < self.input_dim and (tokens == x).all():
            return
        wrong = x[(tokens != x) | (tokens < 0) | (tokens >= self.input_dim)].flat[0]
        raise LayerProblem(self.unfit(float(wrong)))

    def unfit(self, wrong: float) -> str:
        """The sentence about a number that is no token."""
        sentence = _(
            "The embedding takes tokens, whole numbers from 0 to {last}, but there is {wrong:g} among them; "
            "raise input_dim above the largest token, and leave the data unscaled."
        )
        return sentence.format(last=self.input_dim - 1, wrong=wrong)

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        # ∂L/∂E[k] = Σ dy over the places of token k: number by number, which NumPy adds quickest.
        tokens = memory["tokens"].reshape(-1, 1)
        places = context.scratch("places", (len(tokens), self.output_dim), np.intp)
        np.add(tokens * self.output_dim, np.arange(self.output_dim), out=places)
        grads["embeddings"].fill(0)
        np.add.at(grads["embeddings"].reshape(-1), places.reshape(-1), dy.reshape(-1))
        if context.first:
            return dy
        dx = context.out("dx", memory["tokens"].shape)
        dx.fill(0)
        return dx
