"""What the window must also look well with: problems, very wide and very deep networks, names in Chinese, nothing at all.

Each case makes an experiment, with data of its own where there is none that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from netviz.datasets import Arrays, Data, Dataset, Digits, datasets
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Linear, Relu, Sigmoid, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Activation, Dense, Dropout, Flatten
from netviz.engine.losses import MeanSquaredError, SparseCategoricalCrossentropy
from netviz.engine.optimizers import SGD, Adam

_CIRCLE = EXAMPLES["circle"].experiment
_LABELS = SparseCategoricalCrossentropy()


@datasets.register("picture_flowers", title="花卉测量数据")
@dataclass(frozen=True)
class Flowers(Dataset):
    """Measures of flowers with names in Chinese, some of them long."""

    def load(self) -> Data:
        rng = np.random.default_rng(1)
        y = np.arange(150) % 3
        x = rng.normal(size=(150, 4)) + 1.6 * np.eye(3, 4)[y]
        features = ("花萼长度(厘米)", "花萼宽度(厘米)", "花瓣长度(厘米)", "花瓣最宽处的宽度与花瓣长度之比")
        return Data(x, y, "classification", features, ("山鸢尾", "变色鸢尾", "维吉尼亚鸢尾(北美洲东部的野生品种)"))


def mismatch() -> Experiment:
    """Images go straight into a dense layer."""
    return Experiment(Digits(), (Dense(16, Relu()), Dense(10, Softmax())), _LABELS, Adam(0.003), epochs=5)


def wrong_loss() -> Experiment:
    """A cross-entropy on an output that gives no probabilities."""
    return replace(_CIRCLE, layers=(Dense(6, Tanh()), Dense(1, Linear())))


def diverged() -> Experiment:
    """A learning rate at which the loss is soon no number any more."""
    wave = EXAMPLES["wave"].experiment
    layers = (Dense(12, Relu()), Dense(12, Relu()), Dense(1))
    return replace(wave, layers=layers, optimizer=SGD(30.0), loss=MeanSquaredError(), epochs=30)


def wide() -> Experiment:
    """784 features, drawn by chance around ten centres."""
    rng = np.random.default_rng(0)
    y = np.arange(600) % 10
    x = rng.normal(size=(10, 784))[y] + 2.0 * rng.normal(size=(600, 784))
    data = Arrays(x.astype(np.float32), y, "classification")
    return Experiment(data, (Dense(64, Relu()), Dense(10, Softmax())), _LABELS, Adam(0.001), epochs=8)


def deep() -> Experiment:
    """Twenty layers."""
    return replace(_CIRCLE, layers=(*(Dense(6, Tanh()) for _i in range(19)), Dense(1, Sigmoid())), epochs=40)


def chinese() -> Experiment:
    """Names of layers, features and classes in Chinese."""
    layers = (
        Dense(8, Tanh(), name="第一隐藏层"),
        Dropout(0.1, name="随机失活"),
        Dense(3, Softmax(), name="输出层:三个鸢尾花品种的概率"),
    )
    return Experiment(Flowers(), layers, _LABELS, Adam(0.02), epochs=40, batch_size=16)


def apart() -> Experiment:
    """Activations as layers of their own, images flattened, dropout between."""
    layers = (Flatten(), Dense(16), Activation(Relu()), Dropout(0.2), Dense(10), Activation(Softmax()))
    return Experiment(Digits(), layers, _LABELS, Adam(0.003), epochs=10)


def nothing() -> Experiment:
    """No layers yet."""
    return replace(_CIRCLE, layers=())


CASES: Mapping[str, Callable[[], Experiment]] = {
    "problem-shapes": mismatch,
    "problem-loss": wrong_loss,
    "problem-diverged": diverged,
    "wide784": wide,
    "deep20": deep,
    "chinese": chinese,
    "apart": apart,
    "nothing": nothing,
}
