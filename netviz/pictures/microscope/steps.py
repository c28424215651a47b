"""The steps of a recurrent layer: its states, what was dropped, what is padding, and the gradients of each step."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.layers.recurrent import Recurrent
from netviz.pictures.microscope.anatomy import part
from netviz.pictures.microscope.equation import Factor
from netviz.pictures.microscope.slide import Slide

LETTERS = {
    "h": "h", "c": "c", "a": "a", "z": "z", "dz": r"\delta", "dh": r"\partial h", "dc": r"\partial c",
    "recalled": r"\tilde{h}", "d recalled": r"\partial \tilde{h}", "d reset": r"\partial (r h)",
}  # fmt: skip


class Steps:
    """The numbers of a recurrent layer's steps, in the order in which it reads them."""

    def __init__(self, slide: Slide) -> None:
        """slide: of a recurrent layer."""
        assert isinstance(slide.settings, Recurrent)
        self.slide, self.settings = slide, slide.settings
        self.units, self.count = slide.settings.units, slide.input.shape[1]
        memory = slide.memory
        self.h = memory["states"]  # (rows, steps + 1, units)

    def read(self, t: int) -> int:
        """Which step of the input is read at t, or the other way round."""
        return self.count - 1 - t if self.settings.go_backwards else t

    def noted(self, name: str, t: int, row: int, number: int) -> float:
        """A gradient that the backward pass has written down; not a number where there is none yet."""
        found = self.slide.notes.get(name)
        if found is None:
            return float("nan")
        return float(found[t][row, number]) if isinstance(found, dict) else float(found[row, t, number])

    def dropped(self, kind: str, row: int, feature: int, gate: int) -> tuple[Factor, ...]:
        """The factor by which an input or a state was thinned for a gate, if there is one."""
        mask = self.slide.memory.get(f"dropped {kind}")  # (groups, features, rows)
        if mask is None:
            return ()
        return (Factor("m", float(mask[min(gate, len(mask) - 1), feature, row])),)

    def masks(self, kind: str, feature: int, gate: int) -> Array | float:
        """The same for all rows, (rows, 1)."""
        mask = self.slide.memory.get(f"dropped {kind}")
        return 1.0 if mask is None else np.asarray(mask[min(gate, len(mask) - 1), feature, :, None], float)

    def part(self, name: str, t: int, number: int, row: int, value: float) -> Factor:
        """One of the layer's numbers as a factor."""
        return part(self.slide, LETTERS[name], name, (t, number), row, value)

    def noted_part(self, name: str, t: int, number: int, row: int) -> Factor:
        """One of its gradients."""
        return self.part(name, t, number, row, self.noted(name, t, row, number))

    def state(self, t: int, unit: int, row: int) -> Factor:
        """A state; 0 before the first step."""
        return self.part("h", t, unit, row, float(self.h[row, t, unit]))

    def still(self, t: int, row: int) -> bool:
        """Whether step t is padding: the state stays as it is."""
        mask = self._mask
        return mask is not None and not mask[row, self.read(t)]

    @property
    def _mask(self) -> Array | None:
        found: Array | None = self.slide.inside.pairs[0][1].mask
        return found
