"""What a unit is good for: the loss of the batch with this unit muted, for each unit of a layer; and what surgery costs."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array
from netviz.datasets import Samples
from netviz.engine.again import Again, wide
from netviz.engine.frame import Frame
from netviz.engine.network import Network, NetworkProblem
from netviz.engine.surgery import Surgery

_ROWS = 256
_SECONDS = 0.06  # for one frame; of the units that are left then nothing is known


@dataclass(frozen=True)
class Ablation:
    """losses: of the batch with each unit of the layer muted, (units,), NaN for those there was no time for.

    loss: as it is; untouched: without anything done by hand. Rows of the batch, at the weights of the moment, with
    the masks of the update.
    """

    layer: int
    loss: float
    untouched: float
    losses: Array

    @property
    def worth(self) -> Array:
        """How much the loss grows without each unit."""
        return self.losses - self.loss


@dataclass(frozen=True)
class Ablate:
    """The probe that mutes one unit of a layer after the other. layer None: only what surgery costs.

    surgery: what is done by hand now, which may be other than when the frame was made.
    """

    layer: int | None = None
    surgery: tuple[Surgery, ...] = ()

    def __call__(self, frame: Frame, network: Network, samples: Samples) -> Ablation | None:
        if frame.batch is None:
            return None
        seed, w = frame.experiment.seed, wide(frame.params)
        bare = Network(network.layers, network.shapes[0], network.loss)
        try:
            cut = Network(network.layers, network.shapes[0], network.loss, self.surgery) if self.surgery else bare
        except NetworkProblem:  # it is of another network than the frame
            return None
        again = Again(cut, frame.batch, seed, _ROWS)
        with np.errstate(all="ignore"):
            loss = again.loss(w)
            untouched = Again(bare, frame.batch, seed, _ROWS).loss(w) if self.surgery else loss
            losses = np.empty(0) if self.layer is None else self._muted(again, cut, frame)
        return Ablation(-1 if self.layer is None else self.layer, loss, untouched, losses)

    def _muted(self, again: Again, network: Network, frame: Frame) -> Array:
        """The layer's output is computed once; what lies above it, once for each unit."""
        layer, w = self.layer, wide(frame.params)
        ends = next((i for i, stage in enumerate(network.stages) if stage.index == layer and stage.ends), None)
        if ends is None or layer is None or ends == len(network.stages) - 1 or not network.shapes[layer + 1]:
            return np.empty(0)
        above = ends + 1
        y = np.array(again.through(w).inputs[above])
        losses, begun = np.full(y.shape[-1], np.nan), time.perf_counter()
        penalty = network.penalty(w) if network.penalized else 0.0
        for unit in range(y.shape[-1]):
            z = y.copy()
            z[..., unit] = 0
            for stage, context in list(zip(network.stages, again.contexts, strict=False))[above:]:
                z, _memory = stage.layer.forward(w[stage.index], z, context)
            losses[unit] = float(network.rows_loss(z, again.y) @ again.share) + penalty
            if time.perf_counter() - begun > _SECONDS:
                break
        return losses
