"""The optimizers, one file for each family; importing this package registers them all."""

# isort: skip_file
# The order in which they are registered is that in which people choose among them.

from netviz.engine.optimizers.optimizer import (
    AVERAGE, FirstOrder, Objective, Optimizer, Piece, Slots, optimizers,
)  # fmt: skip
from netviz.engine.optimizers.momentum import SGD, Lion
from netviz.engine.optimizers.squares import Adadelta, Adagrad, Ftrl, RMSprop
from netviz.engine.optimizers.adam import Adam, Adamax, AdamW, Nadam
from netviz.engine.optimizers.adafactor import Adafactor
from netviz.engine.optimizers.lbfgs import LBFGS

__all__ = [
    "AVERAGE", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "FirstOrder", "Ftrl", "LBFGS",
    "Lion", "Nadam", "Objective", "Optimizer", "Piece", "RMSprop", "SGD", "Slots", "optimizers",
]  # fmt: skip
