"""Keras' names for scripts and notebooks: a thin face over the engine.

A model here is settings and numbers. `fit` makes an Experiment of them and lets the engine train it, so the same
experiment gives the same weights, bit for bit, in every face of netviz. What Keras has and the engine has not is
refused with a sentence that names it. Names, arguments and defaults are those of https://keras.io/api
"""

from netviz.keras import (
    activations,
    callbacks,
    config,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    utils,
)
from netviz.keras.layers import Input
from netviz.keras.models import Sequential

__all__ = [
    "Input", "Sequential", "activations", "callbacks", "config", "initializers", "layers", "losses", "metrics",
    "models", "optimizers", "regularizers", "utils",
]  # fmt: skip
