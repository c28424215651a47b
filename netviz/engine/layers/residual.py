"""A block of layers with a way around it: the gradient reaches what is below undiminished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Title
from netviz.engine.activations import Relu
from netviz.engine.layers.activation import Activation
from netviz.engine.layers.dense import Dense
from netviz.engine.layers.layer import CORE, Layer, LayerProblem, Memory, Weight, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_, _


class _Stage(NamedTuple):
    """A stage of a layer inside: the layer's place, the name of its memory and context, what runs."""

    place: str
    name: str
    layer: Layer


@layers.register("residual", title=N_("Residual block"))
@dataclass(frozen=True)
class Residual(Layer):
    """y = x + f(x), f the layers inside one after another; ∂L/∂x = ∂L/∂y + ∂f/∂xᵀ·∂L/∂y. f must keep the shape.

    In Keras' terms Add()([x, f(x)]). A weight is named by the place of its layer inside, such as "0/kernel", its memory
    "0", and "0+1" where the layer has a second stage, such as its activation. He et al., 2016.
    """

    group = CORE

    layers: Annotated[tuple[Layer, ...], Title(N_("Layers inside"))] = (Activation(Relu()),)

    @classmethod
    def suited(cls, input_shape: Shape) -> Residual:
        """A dense layer that keeps the shape."""
        return cls((Dense(input_shape[-1], Relu()),)) if input_shape else cls()

    # ------------------------------------------------------------------------------------------- the layers inside

    @property
    def inside(self) -> Mapping[str, Layer]:
        return {str(place): layer for place, layer in enumerate(self.layers)}

    @cached_property
    def _stages(self) -> tuple[_Stage, ...]:
        found = []
        for place, layer in enumerate(self.layers):
            for number, part in enumerate(layer.stages()):
                found.append(_Stage(str(place), f"{place}+{number}" if number else str(place), part))
        return tuple(found)

    def _shapes(self, input_shape: Shape) -> list[Shape]:
        shapes = [input_shape]
        for place, layer in enumerate(self.layers):
            try:
                shapes.append(layer.output_shape(shapes[-1]))
            except LayerProblem as problem:
                sentence = _("Inside the residual block, layer {n}: {problem}")
                raise LayerProblem(sentence.format(n=place + 1, problem=problem)) from None
        return shapes

    def output_shape(self, input_shape: Shape) -> Shape:
        if not self.layers:
            raise LayerProblem(_("The residual block is empty; put a layer into it or take it out."))
        found = self._shapes(input_shape)[-1]
        if found != input_shape:
            sentence = _(
                "The layers inside the residual block turn rows of the shape {given} into {found}, which cannot be "
                "added to what came in; let the last of them give {given}, or bring the rows to {found} before the block."
            )
            raise LayerProblem(sentence.format(given=input_shape, found=found))
        return input_shape

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        shapes = self._shapes(input_shape)
        return tuple(
            replace(weight, name=f"{place}/{weight.name}")
            for place, layer in enumerate(self.layers)
            for weight in layer.weights(shapes[place])
        )

    @cached_property
    def _masker(self) -> _Stage | None:
        """Whose word on padding holds behind the last layer inside; None: what the block itself is told."""
        found = None
        for stage in self._stages:
            found = stage if stage.layer.makes_mask or not stage.layer.passes_mask else found
        return found

    @property
    def makes_mask(self) -> bool:
        return self._masker is not None and self._masker.layer.makes_mask

    @property
    def passes_mask(self) -> bool:
        return self._masker is None

    @property
    def has_state(self) -> bool:
        return any(stage.layer.has_state for stage in self._stages)

    def new_state(self, memory: Memory) -> Mapping[str, Array]:
        return {
            f"{stage.place}/{name}": value
            for stage in self._stages
            if stage.layer.has_state
            for name, value in stage.layer.new_state(memory[stage.name]).items()
        }

    # ------------------------------------------------------------------------------------------------- both passes

    def _contexts(self, context: Context) -> list[Context]:
        """A context for each stage; padding is passed on as between the layers of a network."""
        contexts: list[Context] = []
        masker: Context | None = None  # None: what this block is told
        for stage in self._stages:
            inner = context.inner(stage.name, masker=masker)
            contexts.append(inner)
            if stage.layer.makes_mask or not stage.layer.passes_mask:
                masker = inner  # says which steps are padding, or that nobody knows any more
        return contexts

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        memory: dict[str, Any] = {"x": x}
        f = x
        for stage, inner in zip(self._stages, self._contexts(context), strict=True):
            inner.note("x", f)
            f, memory[stage.name] = stage.layer.forward(params.get(stage.place, {}), f, inner)
        if self._masker is not None:  # as Keras' Add: padding is what both ways say is padding
            made = context.inner(self._masker.name).made_mask
            context.made_mask = None if made is None or context.mask is None else made | context.mask
        # y = x + f(x)
        memory["f"] = f
        return np.add(x, f, out=context.out("y", x.shape)), memory

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        lowest = 0
        if context.first:  # nobody asks for ∂L/∂x, so the pass ends at the lowest stage with weights
            weighted = [i for i, stage in enumerate(self._stages) if stage.place in params]
            lowest = weighted[0] if weighted else len(self._stages)
        df = dy
        pairs = list(zip(self._stages, self._contexts(context), strict=True))
        for i in range(len(pairs) - 1, lowest - 1, -1):
            stage, inner = pairs[i]
            inner.first = context.first and i == lowest
            inner.note("dy", df)
            df = stage.layer.backward(params.get(stage.place, {}), memory[stage.name], df, inner, grads.get(stage.place, {}))
        if context.first:
            return dy
        context.note("df", df)
        # ∂L/∂x = dy + (∂f/∂x)ᵀ·dy
        return np.add(dy, df, out=context.out("dx", dy.shape))
