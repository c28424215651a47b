"""Writes the programs that tests/golden/test_programs.py compares with, of one small network.

    python tests/golden/make_programs.py

They are to be read before they are kept: would an engineer be happy to find such a file?
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from netviz import formats
from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import Relu, Softmax
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from netviz.engine.losses import CategoricalCrossentropy
from netviz.engine.optimizers import AdamW
from netviz.engine.parameters import Parameters
from netviz.engine.regularizers import L2
from netviz.formats.trained import Trained

FOLDER = Path(__file__).parent / "programs"
FILES = ("net.py", "net.h", "net_torch.py", "net_keras.py")


def network() -> Trained:
    """Images of 4 x 4 pixels of two classes, with weights that are easily told apart."""
    x = np.arange(6 * 16.0).reshape(6, 4, 4, 1)
    layers = (
        Conv2D(2, (3, 3), padding="same", activation=Relu(), name="look"), MaxPooling2D(), Flatten(), Dropout(0.25),
        Dense(3, Softmax(), kernel_regularizer=L2(0.001), name="class"),
    )  # fmt: skip
    experiment = Experiment(
        Arrays(x, np.arange(6) % 3, "classification", validation_rows=2), layers, CategoricalCrossentropy(label_smoothing=0.1),
        AdamW(0.002, weight_decay=0.01), metrics=(), preprocessing=Preprocessing(standardize="on"), batch_size=4, seed=7,
    )  # fmt: skip
    samples = replace(experiment.samples(), classes=("cat", "dog", "axolotl"))
    windows = experiment.network(samples).windows
    vector = (np.arange(windows[-1].stop) % 17 - 8).astype(np.float32) / 8
    told = {"netviz": "1.0", "epochs": 5, "updates": 5, "history": {"epoch": [1.0, 5.0], "loss": [1.25, 0.5], "val_loss": [1.5, 0.75]}}
    return Trained(experiment, Parameters(vector, windows), samples, told)


def written(name: str) -> bytes:
    """The program of a name."""
    return formats.for_export(name).write(network(), name)[name]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file in FILES:
        (FOLDER / file).write_bytes(written(file))
