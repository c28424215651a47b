"""Convolutions under the microscope: z = Σ w·x over a window, ∂L/∂w = Σ x·δ over all places where the window stood."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers import DepthwiseConv2D
from netviz.engine.layers.convolution import Convolving
from netviz.engine.layers.windows import as_images
from netviz.i18n import _, plural
from netviz.pictures.microscope.anatomy import (
    Anatomy,
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
from netviz.pictures.microscope.equation import Equation, Sum, Term
from netviz.pictures.microscope.pooling import from_image, on_image, pixel_of, window_at, windows_of
from netviz.pictures.microscope.slide import Index, Slide

Tap = tuple[int, int, int, int]  # line and column in the window, channel within the group, filter


@explains(Convolving)
class OfConvolution(Anatomy):
    """Sequences are images of one line; a depthwise layer has a group for each channel."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        found, (u, v, f) = windows_of(slide), on_image(index, slide.shape)
        first, channels = self._channels(slide, f)
        taps, x = [], as_images(slide.input)
        for i, j in np.ndindex(found.sizes):
            y, across = pixel_of(found, (u, v), (i, j))
            if 0 <= y < found.lengths[0] and 0 <= across < found.lengths[1]:
                taps += [((i, j, c, f), (y, across, first + c)) for c in range(channels)]
        kernel = slide.weights["kernel"]
        products = np.array([float(x[(row, *at)]) * float(kernel[self._entry(slide, tap)]) for tap, at in taps])

        def term(number: int) -> Term:
            tap, at = taps[number]
            a = given(slide, from_image(at, slide.shape), row)
            return product(a, weight(slide, "kernel", self._entry(slide, tap)), opens=a.item)

        bias = [product(weight(slide, "bias", (f,)), label=_("bias"))] if "bias" in slide.weights else []
        formula = r"\sum_{i,c} a_{s+i,c} \, w_{i,c}" + (" + b" if bias else "")
        sentence = _("The numbers under the window times the kernel, and the bias.")
        return output_of(slide, index, row, formula, Sum(products, term, bias), sentence)

    def shares(self, slide: Slide, name: str, index: Index) -> Array:
        d = as_images(deltas(slide))
        if name == "bias":
            return np.asarray(d[..., index[0]].reshape(slide.rows, -1).sum(1))
        x_part, d_part = self._met(slide, d, index)
        return np.asarray((x_part * d_part).reshape(slide.rows, -1).sum(1))

    def share(self, slide: Slide, name: str, index: Index, row: int) -> Equation:
        d, found = as_images(deltas(slide)), windows_of(slide)
        if name == "bias":
            (f,), shape = index, d.shape[1:3]
            values = d[row, ..., f]

            def only(number: int) -> Term:
                u, v = divmod(number, shape[1])
                return product(delta(slide, from_image((u, v, f), slide.shape), row))

            sentence = plural(
                "What the loss wants of z, at the one place of the window.",
                "What the loss wants of z, over all {n} places of the window.", values.size,
            )  # fmt: skip
            return row_of(slide, name, index, row, r"\sum_s \delta_s", Sum(values, only), sentence)
        i, j, _c, f = self._tap(slide, index)
        _inside, grid, _whole = found.positions[i * found.sizes[1] + j]
        x_part, d_part = self._met(slide, d, index)
        values, channel = x_part[row] * d_part[row], self._channel(slide, index)

        def term(number: int) -> Term:
            u, v = divmod(number, values.shape[1])
            window = (u + grid[1].start, v + grid[2].start)
            y, across = pixel_of(found, window, (i, j))
            x = given(slide, from_image((y, across, channel), slide.shape), row)
            return product(x, delta(slide, from_image((*window, f), slide.shape), row))

        sentence = plural(
            "This entry meets the input at one place; times what the loss wants there.",
            "This entry meets the input at {n} places; each times what the loss wants there.", values.size,
        )  # fmt: skip
        formula = r"\sum_s a_{s+i} \, \delta_s"
        return row_of(slide, name, index, row, formula, Sum(values, term), sentence)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        found, (y, x, channel) = windows_of(slide), on_image(index, slide.shape)
        first, filters = self._filters(slide, channel)
        taps, d = [], as_images(deltas(slide))
        c = channel - self._channels(slide, first)[0]
        for i, j in np.ndindex(found.sizes):
            window = window_at(found, (y, x), (i, j))
            if window is not None:
                taps += [((i, j, c, f), (*window, f)) for f in range(first, first + filters)]
        kernel = slide.weights["kernel"]
        products = np.array([float(kernel[self._entry(slide, tap)]) * float(d[(row, *at)]) for tap, at in taps])

        def term(number: int) -> Term:
            tap, at = taps[number]
            return product(weight(slide, "kernel", self._entry(slide, tap)), delta(slide, from_image(at, slide.shape), row))

        sentence = _("Every window that it lay in hands down its delta through the entry that met it.")
        return below_of(slide, index, row, r"\sum_{i,f} w_{i,f} \, \delta_{s-i,f}", Sum(products, term), sentence)

    # -------------------------------------------------------------------------------------------------- geometry

    def _met(self, slide: Slide, d: Array, index: Index) -> tuple[Array, Array]:
        """Over all rows and places of the window: what a kernel's entry met, and the δ there."""
        found = windows_of(slide)
        i, j, _c, f = self._tap(slide, index)
        inside, grid, _whole = found.positions[i * found.sizes[1] + j]
        x = as_images(slide.input)[inside][..., self._channel(slide, index)]
        return x.astype(float), d[grid][..., f]

    def _tap(self, slide: Slide, index: Index) -> Tap:
        """An entry's place in the form (line, column, channel of its group, filter)."""
        if isinstance(slide.settings, DepthwiseConv2D):
            i, j, c, which = index
            return i, j, 0, c * slide.settings.depth_multiplier + which
        i, j, c, f = (0, *index) if len(index) == 3 else index
        return i, j, c, f

    def _entry(self, slide: Slide, tap: Tap) -> Index:
        """The way back."""
        i, j, c, f = tap
        if isinstance(slide.settings, DepthwiseConv2D):
            return (i, j, *divmod(f, slide.settings.depth_multiplier))
        return (i, j, c, f) if len(slide.shape) == 3 else (j, c, f)

    def _channel(self, slide: Slide, index: Index) -> int:
        """Which channel of the input an entry meets."""
        _i, _j, c, f = self._tap(slide, index)
        return self._channels(slide, f)[0] + c

    @staticmethod
    def _split(slide: Slide) -> tuple[int, int, int]:
        """(groups, channels of each, filters of each)."""
        groups, filters = slide.settings.split(slide.shape[-1])  # type: ignore[attr-defined]
        return groups, slide.shape[-1] // groups, filters // groups

    def _channels(self, slide: Slide, f: int) -> tuple[int, int]:
        """(the first channel that a filter sees, how many)."""
        _groups, channels, filters = self._split(slide)
        return f // filters * channels, channels

    def _filters(self, slide: Slide, channel: int) -> tuple[int, int]:
        """(the first filter that sees a channel, how many)."""
        _groups, channels, filters = self._split(slide)
        return channel // channels * filters, filters
