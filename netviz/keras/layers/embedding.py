"""Token numbers turned into vectors."""

from __future__ import annotations

from typing import Any

from netviz.arrays import Array
from netviz.engine import layers as engine
from netviz.i18n import _
from netviz.keras.arguments import Unsupported
from netviz.keras.layers.layer import Layer, face, settings


@face(engine.Embedding)
class Embedding(Layer):
    """A row of a table that is learnt for each token, (steps,) -> (steps, output_dim)."""

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform", embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None, mask_zero: bool = False, weights: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments; input_length, which Keras once had, is taken for the shape of a row.

        Weights of its own it cannot have before its model is built: `set_weights` gives them.
        """
        if weights is not None:
            raise Unsupported(_("Embedding takes no weights; call set_weights when its model is built."))
        more = dict(more)
        length = more.pop("input_length", None)
        if length is not None and not more.keys() & {"input_shape", "batch_shape", "batch_input_shape"}:
            more["input_shape"] = (length,)
        value = settings(
            engine.Embedding, more, input_dim=input_dim, output_dim=output_dim, mask_zero=mask_zero,
            embeddings_initializer=embeddings_initializer, embeddings_regularizer=embeddings_regularizer,
        )  # fmt: skip
        super().__init__(value, {**more, "embeddings_constraint": embeddings_constraint})
        self.input_dim, self.output_dim, self.mask_zero = value.input_dim, value.output_dim, value.mask_zero

    @property
    def embeddings(self) -> Array:
        """A copy of the table, (input_dim, output_dim)."""
        self._shapes()
        return self.get_weights()[0]
