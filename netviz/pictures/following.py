"""Following one weight over time: the probe that notes what it is, its gradient, its update and its slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netviz.datasets import Samples
from netviz.engine.frame import Frame
from netviz.engine.network import Network
from netviz.pictures.microscope.equation import Item
from netviz.pictures.update import place_of, window_of


@dataclass(frozen=True)
class Followed:
    """What a weight and its update came to after so many updates, by name."""

    item: Item
    step: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Follow:
    """The probe that follows a weight: what it is, its gradient, its update and its slots, after this update.

    past: it is asked of so many updates before the one at hand too, where there is time.
    """

    item: Item
    past: int = 100

    def __call__(self, frame: Frame, network: Network, samples: Samples) -> Followed | None:
        window = window_of(self.item, frame.params)
        if window is None or not frame.phase.settled or not frame.step or not window.trainable:
            return None
        place = place_of(self.item, window)
        values = {"w": frame.params.vector, "g": frame.grads.vector, "update": frame.updates.vector}
        values |= {name: slot.vector for name, slot in frame.slots.items()}
        found = {name: float(vector[place]) for name, vector in values.items()}
        return Followed(self.item, frame.step, {**found, "rate": frame.learning_rate})
