"""The optimizers, one file for each family; importing this package registers them all."""

# isort: skip_file
# The order in which they are registered is that in which people choose among them.

from netviz.engine.optimizers.optimizer import (
    AVERAGE, Evaluate, FirstOrder, Optimizer, Piece, Slots, optimizers,
)  # fmt: skip
from netviz.engine.optimizers.momentum import SGD, Lion
from netviz.engine.optimizers.squares import Adadelta, Adagrad, Ftrl, RMSprop
from netviz.engine.optimizers.adam import Adam, Adamax, AdamW, Nadam
from netviz.engine.optimizers.adafactor import Adafactor

__all__ = [
    "AVERAGE", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Evaluate", "FirstOrder", "Ftrl", "Lion",
    "Nadam", "Optimizer", "Piece", "RMSprop", "SGD", "Slots", "optimizers",
]  # fmt: skip
