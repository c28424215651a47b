"""A network: layers made ready for rows of one shape and for one loss.

Layers with an activation become two stages, and a last activation that its loss can absorb is taken off and put back
only where predictions are wanted: between them the loss works on logits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array, Shape, rng, size
from netviz.datasets import Rows
from netviz.engine import layers as layer_family
from netviz.engine.layers import Layer, LayerProblem, Weight
from netviz.engine.losses import FusedLoss, Loss
from netviz.engine.mistakes import Mistake, factor, spoiled
from netviz.engine.parameters import Parameters, Window, zeros
from netviz.engine.surgery import Surgery, altered, check_surgery
from netviz.engine.workspace import Context, Workspace
from netviz.i18n import _

_ROWS_AT_ONCE = 1024  # of a prediction at most, so that its memory stays small
_BYTES_AT_ONCE = 2 * 2**20  # of what its layers put out; some rows in any case
_MOST_PARAMETERS = 50_000_000


class NetworkProblem(ValueError):
    """Layers, data or loss that do not go together; `layer` is the place of the layer at fault, if one is.

    form: the shape to bring the rows to before that layer, where that would do.
    """

    def __init__(self, sentence: str, layer: int | None = None, form: Shape | None = None) -> None:
        """Keep the sentence, the place and the form."""
        super().__init__(sentence)
        self.layer, self.form = layer, form


@dataclass(frozen=True)
class Stage:
    """One step of the forward pass: a layer, or part of one.

    begins, ends: whether it is the layer's first or last. first: nothing below it has weights.
    """

    index: int
    layer: Layer
    begins: bool
    ends: bool
    first: bool


class Network:
    """Layers bound to an input shape and a loss; immutable, and without any weights of its own."""

    def __init__(
        self, layers: tuple[Layer, ...], input_shape: Shape, loss: Loss,
        surgery: tuple[Surgery, ...] = (), mistakes: tuple[Mistake, ...] = (), growing: bool = False,
    ) -> None:  # fmt: skip
        """Infer all shapes; NetworkProblem names the layer that does not fit.

        surgery: what is done to layers by hand. mistakes: how the backward pass is spoilt, for people to see it fail.
        growing: more layers will follow, so padding may still be marked in what the last gives.
        """
        self.layers = layers
        self.loss = loss
        self.mistakes = mistakes
        self.shapes = _shapes(layers, input_shape)
        unfit = loss.unfit(self.shapes[-1]) if self.shapes[-1] else ""
        if unfit:
            raise NetworkProblem(unfit, len(layers) - 1)
        self.weights = _placed_weights(layers, self.shapes)
        self.windows = tuple(window for window, _weight in self.weights)
        self.penalized = tuple((w, weight.regularizer) for w, weight in self.weights if weight.regularizer is not None)
        parts = [(place, part) for place, layer in enumerate(layers) for part in layer.stages()]
        self.head, self.fused = _head(parts[-1][1], loss)
        parts = parts[:-1] if self.fused else parts
        parts = _operated(parts, self.windows, self.shapes, surgery, mistakes, self.fused is not None)
        weighted = {window.path[0] for window in self.windows}
        # Where the backward pass ends: nothing below has weights.
        self.lowest = next((i for i, (place, _part) in enumerate(parts) if place in weighted), len(parts))
        self.stages = _stages(parts, self.lowest)
        if not growing:
            _refuse_masked_output(self.stages)

    @property
    def output_shape(self) -> Shape:
        """The shape of one row's prediction."""
        return self.shapes[-1]

    def initial(self, seed: int, dtype: str) -> Parameters:
        """The first weights: each drawn from a stream of its own, so editing one layer leaves the others' as they are."""
        made = zeros(self.windows, dtype)
        for place, (window, weight) in enumerate(self.weights):
            layer = int(window.path[0])
            number = sum(w.path[0] == layer for w in self.windows[:place])
            drawn = weight.initializer.draw(weight.shape, rng(seed, "weights", layer, number))
            made.vector[window.start : window.stop] = drawn.ravel()
        return made

    def contexts(self, workspace: Workspace, training: bool) -> tuple[Context, ...]:
        """One context for each stage, and one for the loss."""
        contexts: list[Context] = []
        masker: Context | None = None
        for stage in self.stages:
            context = Context(workspace, stage.index, training, stage.first, masker)
            contexts.append(context)
            masker = context if stage.layer.makes_mask else masker if stage.layer.passes_mask else None
        return (*contexts, Context(workspace, len(self.layers), training))

    def outputs(self, params: Parameters, x: Array, contexts: tuple[Context, ...]) -> Array:
        """What the loss sees for rows x: logits where the last activation is fused, else predictions."""
        for stage, context in zip(self.stages, contexts, strict=False):
            x, _memory = stage.layer.forward(params[stage.index], x, context)
        return x

    def prediction(self, outputs: Array, context: Context) -> Array:
        """Predictions from what `outputs` gives."""
        if self.head is None:
            return outputs
        return self.head.forward({}, outputs, context)[0]

    def predict(self, params: Parameters, x: Rows) -> Array:
        """Predictions for rows x: (rows, *input_shape) -> (rows, *output_shape)."""
        result = np.empty((len(x), *self.output_shape), params.vector.dtype)
        with np.errstate(all="ignore"):
            for start, outputs, context in self.passes(params, x):
                result[start : start + len(outputs)] = self.prediction(outputs, context)
        return result

    def passes(self, params: Parameters, x: Rows) -> Iterator[tuple[int, Array, Context]]:
        """Outputs outside of training, some rows at a time: (first row, outputs, a context for what follows)."""
        contexts = self.contexts(Workspace(params.vector.dtype), training=False)
        row_bytes = 2 * params.vector.itemsize * sum(size(shape) for shape in self.shapes[1:])  # most layers have z and a
        count = min(_ROWS_AT_ONCE, max(8, _BYTES_AT_ONCE // row_bytes))
        for start in range(0, len(x), count):
            yield start, self.outputs(params, x[start : start + count], contexts), contexts[-1]

    def rows_loss(self, outputs: Array, y: Array) -> Array:
        """The loss of each row without penalties, (rows,)."""
        return (self.fused or self.loss).rows(outputs, y)

    def loss_gradient(self, outputs: Array, y: Array, context: Context) -> Array:
        """∂(loss of the row)/∂outputs for each row, in the shape of outputs."""
        gradient = (self.fused or self.loss).gradient(outputs, y, context)
        return gradient * gradient.dtype.type(factor(self.mistakes, len(y))) if self.mistakes else gradient

    def penalty(self, params: Parameters) -> float:
        """The sum of all regularizers' penalties."""
        return sum((regularizer.penalty(_at(params, window)) for window, regularizer in self.penalized), 0.0)

    def targets(self, y: Array) -> Array:
        """Targets as the loss compares them, in the shape of the predictions: class numbers become one-hot.

        With a single output class numbers become the numbers 0 and 1.
        """
        outputs = self.output_shape
        if np.issubdtype(y.dtype, np.integer) and y.ndim == 1 and outputs[-1] > 1:
            return np.asarray(y[:, None] == np.arange(outputs[-1]), np.float32)
        return y.reshape(len(y), *outputs)


def layer_names(layers: tuple[Layer, ...]) -> tuple[str, ...]:
    """A name for each layer: its own, else its kind, numbered from the second on as Keras does (dense, dense_1)."""
    names: dict[str, None] = {}
    numbers: dict[str, int] = {}  # the last that was given to each kind
    for layer in layers:
        name = kind = layer.name or layer_family.layers.name(type(layer))
        while name in names:  # a name given by hand may look like a numbered one
            numbers[kind] = numbers.get(kind, 0) + 1
            name = f"{kind}_{numbers[kind]}"
        names[name] = None
    return tuple(names)


def _at(params: Parameters, window: Window) -> Array:
    return params.vector[window.start : window.stop].reshape(window.shape)


def _shapes(layers: tuple[Layer, ...], input_shape: Shape) -> tuple[Shape, ...]:
    if not layers:
        raise NetworkProblem(_("The network has no layers; add at least one."))
    shapes = [input_shape]
    for place, layer in enumerate(layers):
        try:
            shapes.append(layer.output_shape(shapes[-1]))
        except LayerProblem as problem:
            raise NetworkProblem(str(problem), place, problem.form) from None
    return tuple(shapes)


def _placed_weights(layers: tuple[Layer, ...], shapes: tuple[Shape, ...]) -> tuple[tuple[Window, Weight], ...]:
    """Windows for all weights, the trainable first, then the state."""
    wanted = [(place, weight) for place, layer in enumerate(layers) for weight in layer.weights(shapes[place])]
    count = sum(size(weight.shape) for _place, weight in wanted)
    if count > _MOST_PARAMETERS:
        largest = max(wanted, key=lambda pair: size(pair[1].shape))[0]
        sentence = _("The network would have {n:,} parameters; at most {most:,} are possible. Reduce its units.")
        raise NetworkProblem(sentence.format(n=count, most=_MOST_PARAMETERS), largest)
    for place, weight in wanted:
        unfit = weight.initializer.unfit(weight.name, weight.shape)
        if unfit:
            raise NetworkProblem(unfit, place)
    placed, start = [], 0
    for place, weight in sorted(wanted, key=lambda pair: not pair[1].trainable):
        window = Window((place, *weight.name.split("/")), weight.shape, start, weight.trainable)
        placed.append((window, weight))
        start = window.stop
    return tuple(placed)


def _head(last: Layer, loss: Loss) -> tuple[Layer | None, FusedLoss | None]:
    if not isinstance(last, layer_family.Activation):
        return None, None
    fused = loss.fused(last.activation)
    return (last, fused) if fused else (None, None)


def _operated(
    parts: list[tuple[int, Layer]], windows: tuple[Window, ...], shapes: tuple[Shape, ...],
    surgery: tuple[Surgery, ...], mistakes: tuple[Mistake, ...], fused: bool,
) -> list[tuple[int, Layer]]:  # fmt: skip
    """The stages with surgery and mistakes."""
    if not surgery and not mistakes:
        return parts
    last = len(shapes) - 2
    try:
        check_surgery(surgery, windows, last + 1)
    except LayerProblem as problem:
        raise NetworkProblem(str(problem)) from None
    made = []
    for i, (place, part) in enumerate(parts):
        part = spoiled(part, mistakes)
        if i + 1 == len(parts) or parts[i + 1][0] != place:
            part = _altered(place, part, shapes[place + 1], surgery, fused and place == last)
        made.append((place, part))
    return made


def _altered(place: int, part: Layer, shape: Shape, surgery: tuple[Surgery, ...], logits: bool) -> Layer:
    try:
        found = altered(place, part, shape, surgery)
    except LayerProblem as problem:
        raise NetworkProblem(str(problem), place) from None
    if found is not part and logits:
        raise NetworkProblem(_("The output itself cannot be altered by hand; alter a layer below it."), place)
    return found


def _refuse_masked_output(stages: tuple[Stage, ...]) -> None:
    """NetworkProblem when padding is still marked in what the loss gets: each row has one loss, whatever its length."""
    masked = False
    for stage in stages:
        masked = stage.layer.makes_mask or masked and stage.layer.passes_mask
    if masked:
        sentence = _(
            "The output still has a value for each step, padding included; put a pooling layer or a recurrent layer "
            "without return_sequences before it, or turn mask_zero off."
        )
        raise NetworkProblem(sentence, stages[-1].index)


def _stages(parts: list[tuple[int, Layer]], lowest: int) -> tuple[Stage, ...]:
    places = [-1, *(place for place, _part in parts), -1]
    return tuple(
        Stage(place, part, begins=places[i] != place, ends=places[i + 2] != place, first=i <= lowest)
        for i, (place, part) in enumerate(parts)
    )
