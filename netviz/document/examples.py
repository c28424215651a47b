"""The built-in examples: one experiment for each data set worth looking at, with settings that train well in seconds."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from netviz.datasets import (
    Arrays,
    Article,
    BreastCancer,
    Chirps,
    Circle,
    Diabetes,
    Digits,
    Iris,
    Moons,
    Preprocessing,
    Sentences,
    Spiral,
    Wave,
    Wine,
    Xor,
)  # fmt: skip
from netviz.document.lesson import Lesson, fingerprint
from netviz.document.mazur import MAZUR
from netviz.document.projectfile import Project, open_project
from netviz.engine.activations import Activation, Relu, Sigmoid, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.initializers import Constant, Given
from netviz.engine.layers import (
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Layer,
    MaxPooling2D,
)  # fmt: skip
from netviz.engine.losses import MeanSquaredError, SparseCategoricalCrossentropy
from netviz.engine.metrics import R2Score
from netviz.engine.optimizers import SGD, Adam
from netviz.engine.regularizers import L2
from netviz.engine.surgery import Freeze
from netviz.files import FileProblem
from netviz.i18n import N_, _

PREFIX = "example:"


@dataclass(frozen=True)
class Example:
    """An experiment that comes with the program; `text` is its one sentence, not yet translated."""

    name: str
    text: str
    experiment: Experiment
    lesson: Lesson | None = None

    @property
    def description(self) -> str:
        """One sentence for people."""
        return _(self.text)


def _hidden(activation: Activation, *units: int) -> tuple[Dense, ...]:
    return tuple(Dense(n, activation) for n in units)


def _two_classes(*layers: Layer) -> tuple[Layer, ...]:
    return (*layers, Dense(1, Sigmoid()))


def _seen(filters: int, padding: Literal["valid", "same"] = "valid") -> tuple[Layer, ...]:
    """A convolution of 3×3 pixels, and of each 2×2 of its answers the largest."""
    return Conv2D(filters, (3, 3), padding=padding, activation=Relu()), MaxPooling2D()


def _given(units: int, kernel: tuple[float, ...], bias: float) -> Dense:
    """A sigmoid layer that begins with those weights, its biases all the same."""
    return Dense(units, Sigmoid(), kernel_initializer=Given(kernel), bias_initializer=Constant(bias))


_LABELS = SparseCategoricalCrossentropy()

_SHELF = (
    Example(
        "article",
        N_("The article's script: 1000 rows of ten random numbers with random labels, so there is nothing to find."),
        Experiment(
            Article(), _two_classes(*_hidden(Relu(), 64)), preprocessing=Preprocessing(validation_split=0.0), epochs=10
        ),
    ),
    Example(
        "circle",
        N_("A disc inside a ring: no straight line divides them, a few hidden units together do."),
        Experiment(Circle(), _two_classes(*_hidden(Tanh(), 6)), optimizer=Adam(0.03), epochs=60, batch_size=10),
    ),
    Example(
        "xor",
        N_("Opposite quadrants belong together, the puzzle that a network without hidden units cannot solve."),
        Experiment(Xor(), _two_classes(*_hidden(Tanh(), 6, 4)), optimizer=Adam(0.03), epochs=60, batch_size=10),
    ),
    Example(
        "spiral",
        N_("Two arms wound around each other, which takes depth and patience."),
        Experiment(
            Spiral(count=1000), _two_classes(*_hidden(Tanh(), 12, 12, 8)),
            optimizer=Adam(0.01), epochs=150, batch_size=16,
        ),
    ),
    Example(
        "moons",
        N_("Two half moons that reach into each other."),
        Experiment(Moons(), _two_classes(*_hidden(Tanh(), 6, 4)), optimizer=Adam(0.03), epochs=80, batch_size=16),
    ),
    Example(
        "breast-cancer",
        N_("Tell malignant tumours from benign ones by 30 measures of their cells."),
        Experiment(BreastCancer(), _two_classes(*_hidden(Relu(), 16)), optimizer=Adam(0.003), epochs=30),
    ),
    Example(
        "iris",
        N_("Name the species of an iris by four lengths of its flower."),
        Experiment(
            Iris(), (Dense(8, Tanh()), Dense(3, Softmax())), _LABELS, Adam(0.02), epochs=40, batch_size=16, seed=2
        ),
    ),
    Example(
        "wine",
        N_("Find a wine's grower by 13 chemical measures."),
        Experiment(Wine(), (Dense(8, Relu()), Dense(3, Softmax())), _LABELS, Adam(0.01), epochs=40, batch_size=16),
    ),
    Example(
        "digits",
        N_("Read handwritten digits of eight by eight pixels."),
        Experiment(Digits(), (Flatten(), Dense(64, Relu()), Dense(10, Softmax())), _LABELS, Adam(0.003), epochs=30),
    ),
    Example(
        "digits-conv",
        N_("Read the same digits with small kernels that look at every place of the image; they err less than half as often."),
        Experiment(
            Digits(), (*_seen(16, "same"), *_seen(32, "same"), Flatten(), Dropout(0.3), Dense(10, Softmax())),
            _LABELS, Adam(0.003), epochs=25,
        ),
    ),
    Example(
        "sentiment",
        N_("Hear praise or complaint in short sentences, English and Chinese, built as no sentence seen in training is."),
        Experiment(
            Sentences(), _two_classes(Embedding(256, 16, mask_zero=True), GlobalAveragePooling1D(), Dense(16, Relu())),
            optimizer=Adam(0.01), epochs=25,
        ),
    ),
    Example(
        "chirps",
        N_("Tell six kinds of sounds apart, rising, falling, warbling and more, by pictures of their pitch over time."),
        Experiment(
            Chirps(), (*_seen(8), *_seen(16), Flatten(), Dense(6, Softmax())), _LABELS, Adam(0.003), epochs=25
        ),
    ),
    Example(
        "diabetes",
        N_("Predict how far diabetes will have gone after a year, from ten measures; the noise is large."),
        Experiment(
            Diabetes(), (Dense(8, Tanh(), kernel_regularizer=L2(0.01)), Dense(1, kernel_regularizer=L2(0.01))),
            MeanSquaredError(), Adam(0.005), metrics=(R2Score(),),
            preprocessing=Preprocessing(standardize_targets=True), epochs=60,
        ),
    ),
    Example(
        "wave",
        N_("Fit a landscape of hills and valleys, sin(1.5·x1)·cos(x2)."),
        Experiment(
            Wave(count=1000, noise=0.05), (*_hidden(Tanh(), 12, 12), Dense(1)),
            MeanSquaredError(), Adam(0.01), metrics=(R2Score(),), epochs=200,
        ),
    ),
    Example(
        "mazur",
        N_("Matt Mazur's worked example, which half of all introductions compute by hand: two inputs, two units, two outputs."),
        Experiment(
            Arrays(np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])),
            (_given(2, (0.15, 0.25, 0.20, 0.30), 0.35), _given(2, (0.40, 0.50, 0.45, 0.55), 0.60)),
            # The mean over two outputs of the squared error is his sum of halved squares.
            MeanSquaredError(), SGD(0.5), metrics=(), preprocessing=Preprocessing(validation_split=0.0, standardize="off"),
            epochs=100, batch_size=1, dtype="float64", surgery=(Freeze(0, "bias"), Freeze(1, "bias")),
        ),
        MAZUR,
    ),
)  # fmt: skip

EXAMPLES: Mapping[str, Example] = MappingProxyType({example.name: example for example in _SHELF})


def open_example(name: str) -> Project:
    """The example of that name, untrained; FileProblem offers the nearest name."""
    example = EXAMPLES.get(name) or EXAMPLES.get(name.lower().replace("_", "-"))
    if example is not None:
        lesson = example.lesson
        told = lesson and replace(lesson, of=fingerprint(example.experiment))
        return Project(example.experiment, lesson=told)
    sentence = _("There is no example named {name}.").format(name=ascii(name[:60]))
    near = difflib.get_close_matches(name.lower(), EXAMPLES, n=1)
    if near:
        raise FileProblem(sentence + " " + _("Did you mean {name}?").format(name=near[0]))
    raise FileProblem(sentence + " " + _("There are: {names}.").format(names=", ".join(EXAMPLES)))


def resolve(file: str) -> Project:
    """The project that FILE on a command line means: `example:NAME`, or a path."""
    if file.startswith(PREFIX):
        return open_example(file.removeprefix(PREFIX))
    return open_project(file)
