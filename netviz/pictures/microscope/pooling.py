"""Max pooling under the microscope: which number of its window won, and to which windows a number has answered."""

from __future__ import annotations

import numpy as np

from netviz.engine.layers.pooling import MaxPooling
from netviz.engine.layers.windows import Windows, as_images
from netviz.i18n import _, plural
from netviz.pictures.microscope.anatomy import Anatomy, alone, below_of, delta, explains, given, output_of, product
from netviz.pictures.microscope.equation import Equation, Sum, Term
from netviz.pictures.microscope.slide import Index, Slide


def windows_of(slide: Slide) -> Windows:
    """Where the layer's windows stand."""
    found: Windows = slide.settings.windows_over(slide.shape)  # type: ignore[attr-defined]
    return found


def on_image(index: Index, shape: Index) -> tuple[int, int, int]:
    """(line, column, channel) of a place, a sequence being an image of one line."""
    return (index[0], index[1], index[2]) if len(shape) == 3 else (0, index[0], index[1])


def from_image(place: tuple[int, int, int], shape: Index) -> Index:
    """The place again, in the form that rows of a shape have."""
    return place if len(shape) == 3 else place[1:]


def pixel_of(found: Windows, window: tuple[int, int], place: tuple[int, ...]) -> tuple[int, int]:
    """Where a place of a window lies on the image, which may be beyond its edges."""
    y, x = (
        at * stride + inside * rate - axis.before
        for at, stride, inside, rate, axis in zip(window, found.strides, place, found.rates, found.axes, strict=True)
    )
    return y, x


def window_at(found: Windows, pixel: tuple[int, int], place: tuple[int, int]) -> tuple[int, int] | None:
    """Which window holds a pixel at that place of it; None for none."""
    at = []
    for axis in (0, 1):
        start = pixel[axis] + found.axes[axis].before - place[axis] * found.rates[axis]
        number, rest = divmod(start, found.strides[axis])
        if rest or not 0 <= number < found.out[axis]:
            return None
        at.append(number)
    return at[0], at[1]


@explains(MaxPooling)
class OfMaxPooling(Anatomy):
    """y = max x of a window: the winner alone passes on, and alone is handed ∂L/∂y."""

    def forward(self, slide: Slide, index: Index, row: int) -> Equation:
        found, (u, v, c) = windows_of(slide), on_image(index, slide.shape)
        won = int(as_images(slide.memory["argmax"])[row, u, v, c])
        i, j = divmod(won, found.sizes[1])
        winner = given(slide, from_image((*pixel_of(found, (u, v), (i, j)), c), slide.shape), row)
        lost = [
            float(as_images(slide.input)[(row, *pixel, c)])
            for place in np.ndindex(found.sizes)
            if self._within(found, pixel := pixel_of(found, (u, v), place)) and place != (i, j)
        ]
        sentence = _("The only number in its window.")
        if lost:
            sentence = _("The largest of {n} numbers in its window; the next is {next}.").format(
                n=1 + len(lost), next=f"{max(lost):.4g}".replace("-", "−")
            )
        return output_of(slide, index, row, r"\max_i a_i", alone(product(winner)), sentence)

    def below(self, slide: Slide, index: Index, row: int) -> Equation:
        found, (y, x, c) = windows_of(slide), on_image(index, slide.shape)
        argmax = as_images(slide.memory["argmax"])[row, ..., c]
        won = []
        for place, at in enumerate(np.ndindex(found.sizes)):
            window = window_at(found, (y, x), (at[0], at[1]))
            if window is not None and int(argmax[window]) == place:
                won.append(from_image((*window, c), slide.shape))

        def term(place: int) -> Term:
            return product(delta(slide, won[place], row))

        values = np.array([delta(slide, place, row).value for place in won])
        sentence = plural(
            "It won in one window, which hands it its gradient.",
            "It won in {n} windows, and each hands it its gradient.", len(won),
        )  # fmt: skip
        if not won:
            sentence = _("It won in no window, so nothing comes back to it.")
        return below_of(slide, index, row, r"\sum_k \delta_k" if won else "0", Sum(values, term), sentence)

    @staticmethod
    def _within(found: Windows, pixel: tuple[int, int]) -> bool:
        return all(0 <= at < length for at, length in zip(pixel, found.lengths, strict=True))
