"""The scale that features and targets are brought to, and back from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from netviz.arrays import Array


@dataclass(frozen=True)
class Scale:
    """(v − mean) / deviation for each feature; a feature that never changes is only shifted."""

    mean: Array
    deviation: Array

    @classmethod
    def fit(cls, values: Array) -> Scale:
        """Mean and standard deviation (over n, not n − 1) of each column, in float64."""
        values = values.astype(np.float64)
        return cls._of(values.mean(0), values.std(0))

    @classmethod
    def fit_blocks(cls, blocks: Iterable[Array]) -> Scale:
        """The same of rows that come block by block, the whole never in memory.

        With d = mean of the block − mean so far: mean += d·m/(n + m), S += S of the block + d²·n·m/(n + m).
        Source: Chan, Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979).
        """
        n, mean, squares = 0, np.zeros(()), np.zeros(())
        for block in blocks:
            values = block.astype(np.float64)
            m, of_block = len(values), values.mean(0)
            d = of_block - mean
            squares = squares + np.square(values - of_block).sum(0) + d * d * (n * m / (n + m))
            mean = mean + d * (m / (n + m))
            n += m
        return cls._of(mean, np.sqrt(squares / max(1, n)))

    @classmethod
    def _of(cls, mean: Array, deviation: Array) -> Scale:
        still = deviation <= 1e-12 * np.maximum(1, np.abs(mean))
        return cls(mean, np.where(still, 1.0, deviation))

    def apply(self, values: Array) -> Array:
        """To the standard scale."""
        return np.asarray((values - self.mean) / self.deviation)

    def undo(self, values: Array) -> Array:
        """Back to the values' own units, in the values' own precision."""
        return np.asarray(values * self.deviation + self.mean).astype(values.dtype)
