"""The schedules, one file for each family; importing this package registers them all."""

# isort: skip_file
# The order in which they are registered is that in which people choose among them.

from netviz.engine.schedules.schedule import Schedule, schedules
from netviz.engine.schedules.decays import (
    Constant, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay, StepDecay,
)  # fmt: skip
from netviz.engine.schedules.waves import CosineDecay, CosineDecayRestarts, OneCycle
from netviz.engine.schedules.warmup import WarmUp
from netviz.engine.schedules.plateau import ReduceOnPlateau

__all__ = [
    "Constant", "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "OneCycle",
    "PiecewiseConstantDecay", "PolynomialDecay", "ReduceOnPlateau", "Schedule", "StepDecay", "WarmUp", "schedules",
]  # fmt: skip
