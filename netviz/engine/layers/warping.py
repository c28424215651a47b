"""Images seen through an affine map: each pixel of the result is read at another place of the image, between its pixels.

A map is six numbers a₀ a₁ a₂ b₀ b₁ b₂: the pixel at column u and row v of the result is read at column a₀u + a₁v + a₂
and row b₀u + b₁v + b₂ of the image, pixels counted from 0 at the upper left. Source: https://keras.io/api/ops/image
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from netviz.arrays import Array, Shape
from netviz.engine.workspace import Context

FillMode = Literal["reflect", "wrap", "constant", "nearest"]
Interpolation = Literal["bilinear", "nearest"]


class Filling(NamedTuple):
    """How an image is read between its pixels and beyond its edges.

    reflect: d c b a | a b c d | d c b a, wrap: a b c d | a b c d | a b c d, nearest: a a a a | a b c d | d d d d,
    constant: v v v v | a b c d | v v v v.
    """

    mode: FillMode
    interpolation: Interpolation
    value: float


class Taps(NamedTuple):
    """Which pixels make each pixel of the result: places (taps, rows, height, width) among all pixels of the batch.

    shares: how much each of them counts, in the same shape. rest: how much of the constant, (rows, height, width) or None.
    """

    places: Array
    shares: Array
    rest: Array | None


class _Along(NamedTuple):
    """One of the pixels that places along an axis lie between: its number, its share, whether it is inside the image."""

    pixel: Array
    share: Array
    inside: Array


def taps(maps: Array, shape: Shape, filling: Filling, context: Context) -> Taps:
    """What `warped` and `warped_back` need of a batch of images (rows, height, width, channels) and their maps (rows, 6)."""
    rows, height, width, _channels = shape
    u, v = np.arange(width), np.arange(height)[:, None]
    a0, a1, a2, b0, b1, b2 = maps.T[:, :, None, None]
    # Without rotation a column depends on the column alone and a row on the row alone: (rows, 1, width), (rows, height, 1).
    across = _between(a0 * u + a2 if not a1.any() else a0 * u + a1 * v + a2, width, filling)
    down = _between(b1 * v + b2 if not b0.any() else b0 * u + b1 * v + b2, height, filling)
    places, shares = _kept(shape, filling, context)
    first = (np.arange(rows) * height * width)[:, None, None]
    constant = filling.mode == "constant"
    for i, (y, x) in enumerate((y, x) for y in down for x in across):
        np.add(first + y.pixel * width, x.pixel, out=places[i])
        np.multiply(y.share * y.inside, x.share * x.inside, out=shares[i], casting="same_kind")
    rest = context.one - shares.sum(0) if constant and filling.value else None
    return Taps(places, shares, rest)


def _kept(shape: Shape, filling: Filling, context: Context) -> tuple[Array, Array]:
    """Places and shares as the newest forward pass of the context has left them."""
    kept = (1 if filling.interpolation == "nearest" else 4, *shape[:3])
    return context.scratch("places", kept, np.intp), context.out("shares", kept)


def _between(at: Array, length: int, filling: Filling) -> list[_Along]:
    """The pixels around places along an axis of that length; one where the nearest is meant."""
    if filling.interpolation == "nearest":
        return [_along(np.rint(at).astype(np.intp), np.ones_like(at), length, filling.mode)]
    lower = np.floor(at)
    above = at - lower
    index = lower.astype(np.intp)
    return [_along(index, 1 - above, length, filling.mode), _along(index + 1, above, length, filling.mode)]


def _along(index: Array, share: Array, length: int, mode: FillMode) -> _Along:
    inside = np.ones((), bool)
    if mode == "constant":
        inside = (index >= 0) & (index < length)
    if mode == "wrap":
        index = np.mod(index, length)
    elif mode == "reflect":
        index = np.mod(index, 2 * length)
        index = np.minimum(index, 2 * length - 1 - index)
    else:
        index = np.clip(index, 0, length - 1)
    return _Along(index, share, inside)


def warped(x: Array, found: Taps, filling: Filling, context: Context) -> Array:
    """y = Σ share·x[place] over the taps, and the constant's rest: (rows, height, width, channels) -> the same shape."""
    pixels = x.reshape(-1, x.shape[-1])
    y, tapped = context.out("y", x.shape), context.out("tapped", x.shape)
    for i, (places, shares) in enumerate(zip(found.places, found.shares, strict=True)):
        into = tapped if i else y
        np.take(pixels, places, 0, out=into, mode="clip")
        np.multiply(into, shares[..., None], out=into)
        if i:
            np.add(y, tapped, out=y)
    if found.rest is not None:
        y += found.rest[..., None] * context.workspace.dtype.type(filling.value)
    return y


def warped_back(dy: Array, filling: Filling, context: Context) -> Array:
    """∂L/∂x: what each pixel of the result gets from above goes back to the pixels that made it, by their shares."""
    found = Taps(*_kept(dy.shape, filling, context), None)
    channels = dy.shape[-1]
    dx, sent = context.out("dx", dy.shape), context.out("tapped", dy.shape)
    places = context.scratch("places of numbers", dy.shape, np.intp)
    total = np.zeros(dy.size)
    for place, shares in zip(found.places, found.shares, strict=True):
        np.multiply(dy, shares[..., None], out=sent)
        np.add((place * channels)[..., None], np.arange(channels), out=places)
        total += np.bincount(places.ravel(), sent.ravel(), minlength=dy.size)
    np.copyto(dx, total.reshape(dy.shape), casting="same_kind")
    return dx
