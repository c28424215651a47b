"""Layers that change images at random in training, so that a network meets each of them in many forms.

Every row of a batch is changed in its own way. Outside of training they pass images on as they are.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range, Title
from netviz.engine.layers.axes import check_images
from netviz.engine.layers.layer import AUGMENTATION, Layer, Memory, Weights, layers
from netviz.engine.layers.warping import Filling, FillMode, Interpolation, taps, warped, warped_back
from netviz.engine.workspace import Context
from netviz.i18n import N_

_Share = Annotated[float, Range(low=-1, high=1)]
_Fill = Annotated[FillMode, Title(N_("Beyond the edges"))]
_Reading = Annotated[Interpolation, Title(N_("Between pixels"))]
_Value = Annotated[float, Title(N_("Constant beyond the edges"))]


class Augmentation(Layer):
    """What is done to images (height, width, channels) in training only."""

    group = AUGMENTATION

    def output_shape(self, input_shape: Shape) -> Shape:
        check_images(input_shape)
        return input_shape


@layers.register("random_flip", title=N_("Random flip"))
@dataclass(frozen=True)
class RandomFlip(Augmentation):
    """y = x, or with probability ½ its mirror image: columns reversed (horizontal), rows reversed (vertical), or both.

    "horizontal_and_vertical" reverses both of the same images, as Keras does.
    Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_flip
    """

    mode: Annotated[Literal["horizontal", "vertical", "horizontal_and_vertical"], Title(N_("Flip"))] = "horizontal_and_vertical"

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        if not context.training:
            return x, {}
        flips = context.rng().random(len(x)) <= 0.5
        return self._flipped(x, flips, context, "y"), {"flips": flips}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if context.first or "flips" not in memory:
            return dy
        return self._flipped(dy, memory["flips"], context, "dx")  # a mirror image's mirror image is the image

    def _flipped(self, images: Array, flips: Array, context: Context, name: str) -> Array:
        made = context.out(name, images.shape)
        np.copyto(made, images)
        which = np.flatnonzero(flips)
        down = slice(None, None, None if self.mode == "horizontal" else -1)
        across = slice(None, None, None if self.mode == "vertical" else -1)
        made[which] = images[which, down, across]
        return made


class Warp(Augmentation):
    """Images seen through a random affine map, each through its own.

    reflect: d c b a | a b c d | d c b a, wrap: a b c d | a b c d | a b c d, nearest: a a a a | a b c d | d d d d,
    constant: fill_value beyond the edges.
    """

    fill_mode: FillMode
    interpolation: Interpolation
    fill_value: float

    @abstractmethod
    def maps(self, random: np.random.Generator, rows: int, height: int, width: int) -> Array:
        """A map a₀ a₁ a₂ b₀ b₁ b₂ for each row, (rows, 6), as `netviz.engine.layers.warping` reads them."""

    @property
    def _filling(self) -> Filling:
        return Filling(self.fill_mode, self.interpolation, self.fill_value)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        if not context.training:
            return x, {}
        maps = self.maps(context.rng(), *x.shape[:3])
        found = taps(maps, x.shape, self._filling, context)
        return warped(x, found, self._filling, context), {"map": maps.reshape(-1, 2, 3)}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if context.first or "map" not in memory:
            return dy
        return warped_back(dy, self._filling, context)


@layers.register("random_translation", title=N_("Random shift"))
@dataclass(frozen=True)
class RandomTranslation(Warp):
    """y(u, v) = x(u − s·width, v − t·height): t and s uniform in height_factor and width_factor, for each image anew.

    Above 0 is down and to the right. A factor f stands for (−f, f).
    Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_translation
    """

    height_factor: Annotated[tuple[_Share, _Share], Title(N_("Down by, of the height"))] = (-0.1, 0.1)
    width_factor: Annotated[tuple[_Share, _Share], Title(N_("Right by, of the width"))] = (-0.1, 0.1)
    fill_mode: _Fill = "reflect"
    interpolation: _Reading = "bilinear"
    fill_value: _Value = 0.0

    def __post_init__(self) -> None:
        _make_pairs(self, "height_factor", "width_factor")
        super().__post_init__()

    def maps(self, random: np.random.Generator, rows: int, height: int, width: int) -> Array:
        down = random.uniform(*self.height_factor, rows) * height
        right = random.uniform(*self.width_factor, rows) * width
        return _columns(1.0, 0.0, -right, 0.0, 1.0, -down)


@layers.register("random_rotation", title=N_("Random rotation"))
@dataclass(frozen=True)
class RandomRotation(Warp):
    """y(u, v) = x turned about its centre by θ = 2π·t, t uniform in `factor`, for each image anew.

    Above 0 is against the clock. A factor f stands for (−f, f), in turns: 0.1 is up to 36° either way.
    Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_rotation
    """

    factor: Annotated[tuple[_Share, _Share], Title(N_("Turns"))] = (-0.1, 0.1)
    fill_mode: _Fill = "reflect"
    interpolation: _Reading = "bilinear"
    fill_value: _Value = 0.0

    def __post_init__(self) -> None:
        _make_pairs(self, "factor")
        super().__post_init__()

    def maps(self, random: np.random.Generator, rows: int, height: int, width: int) -> Array:
        angle = random.uniform(*self.factor, rows) * (2 * np.pi)
        cos, sin = np.cos(angle), np.sin(angle)
        u, v = (width - 1) / 2, (height - 1) / 2  # the centre
        return _columns(cos, -sin, u - u * cos + v * sin, sin, cos, v - u * sin - v * cos)


@layers.register("random_zoom", title=N_("Random zoom"))
@dataclass(frozen=True)
class RandomZoom(Warp):
    """y(u, v) = x at 1 + t times the distance from the centre: t uniform in height_factor and in width_factor.

    Above 0 the image shrinks, below it grows. A factor f stands for (−f, f); without width_factor both are the same t.
    Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_zoom
    """

    height_factor: Annotated[tuple[_Share, _Share], Title(N_("Shrink height by"))] = (-0.1, 0.1)
    width_factor: Annotated[tuple[_Share, _Share] | None, Title(N_("Shrink width by"))] = None
    fill_mode: _Fill = "reflect"
    interpolation: _Reading = "bilinear"
    fill_value: _Value = 0.0

    def __post_init__(self) -> None:
        _make_pairs(self, "height_factor", "width_factor")
        super().__post_init__()

    def maps(self, random: np.random.Generator, rows: int, height: int, width: int) -> Array:
        down = 1 + random.uniform(*self.height_factor, rows)
        across = down if self.width_factor is None else 1 + random.uniform(*self.width_factor, rows)
        u, v = (width - 1) / 2, (height - 1) / 2  # the centre
        return _columns(across, 0.0, u * (1 - across), 0.0, down, v * (1 - down))


def _columns(*numbers: Any) -> Array:
    """Six numbers or vectors (rows,) side by side, (rows, 6)."""
    return np.stack(np.broadcast_arrays(*numbers), 1)


def _make_pairs(layer: Layer, *names: str) -> None:
    """Keras' factors as pairs: f becomes (−|f|, |f|), and the lower of two numbers comes first."""
    for name in names:
        found: Any = getattr(layer, name)
        one: Any = found[0] if isinstance(found, (tuple, list)) and len(found) == 1 else found
        if isinstance(one, (int, float)) and not isinstance(one, bool):
            object.__setattr__(layer, name, (-abs(one), abs(one)))
        elif isinstance(one, (tuple, list)) and len(one) == 2 and one[0] > one[1]:
            object.__setattr__(layer, name, (one[1], one[0]))
