"""The losses, one file for each family; importing this package registers them all."""

from netviz.engine.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from netviz.engine.losses.divergences import KLDivergence, Poisson
from netviz.engine.losses.focal import BinaryFocalCrossentropy, CategoricalFocalCrossentropy
from netviz.engine.losses.loss import FusedLoss, Loss, losses
from netviz.engine.losses.margins import CategoricalHinge, Hinge, SquaredHinge
from netviz.engine.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
)

__all__ = [
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "CategoricalHinge", "CosineSimilarity", "FusedLoss", "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson",
    "SparseCategoricalCrossentropy", "SquaredHinge", "losses",
]  # fmt: skip
