"""Sequential: a model that Keras' scripts build, train, judge and use. Source: https://keras.io/api/models/sequential"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from netviz.arrays import Array
from netviz.datasets import Arrays, MappedRows, is_mapped
from netviz.engine import layers as engine
from netviz.engine.evaluation import check_fit
from netviz.engine.evaluation import evaluate as judged
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.optimizers import Optimizer as EngineOptimizer
from netviz.engine.run import Run, Start
from netviz.engine.schedules import Constant, Schedule
from netviz.formats import laid_onto, read_weights
from netviz.formats.imported import filled
from netviz.i18n import _
from netviz.keras import exporting, given, losses, measuring, optimizers, projects, summary
from netviz.keras.arguments import refuse
from netviz.keras.callbacks import History, checked
from netviz.keras.fitting import Course, Fitting, named, threads
from netviz.keras.layers import Layer, of
from netviz.keras.metrics import Metric
from netviz.keras.progress import Bar, level
from netviz.keras.stack import Stack

__all__ = ["Sequential", "load_model", "save_model"]

_COMPILE = {
    "loss_weights": None, "weighted_metrics": None, "run_eagerly": False, "steps_per_execution": 1,
    "jit_compile": "auto", "auto_scale_loss": True,
}  # fmt: skip
_STEPS = {
    "steps": None, "steps_per_epoch": None, "validation_steps": None, "validation_batch_size": None,
    "validation_freq": 1, "callbacks": None,
}  # fmt: skip
_BATCH = 32


class Sequential(Stack):
    """Layers one after another, trained by the engine. `run` and `frame` say how the last fit went and where it ended."""

    def __init__(self, layers: Sequence[Layer] | None = None, trainable: bool = True, name: str | None = None) -> None:
        """Layers can also be added later."""
        refuse("Sequential", {"trainable": trainable}, {"trainable": True})
        self.stop_training = False
        self.history: History | None = None
        self.run: Run | None = None
        self.frame: Frame | None = None
        self.optimizer: optimizers.Optimizer | None = None
        self.loss: losses.Loss | None = None
        self._metrics: list[Any] = []
        self._labels = True  # whether the newest targets were classes
        super().__init__(layers or (), name)

    # --------------------------------------------------------------------------------------------------- settings

    def compile(self, optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = None, **more: Any) -> None:
        """Choose how to train. Another optimizer begins without memory; the weights stay."""
        refuse("compile", more, _COMPILE)
        if loss is None:
            raise ValueError(_("compile needs a loss, such as loss='binary_crossentropy'."))
        chosen = optimizers.value_of(optimizer)
        self.loss, self._metrics = losses.value_of(loss), measuring.check(metrics)
        if chosen is not self.optimizer:
            self.start = replace(self.start, slots=(), updates=0)
        self.optimizer = chosen
        self.settle(self.start)

    def settle(self, start: Start) -> Start:
        """Take over where a training stands."""
        self.start = start
        if self.optimizer is not None:
            self.optimizer.iterations = start.updates
        return start

    def optimizer_settings(self) -> tuple[EngineOptimizer, Schedule]:
        """The engine's optimizer and schedule as they are set now."""
        return self._compiled()[0].settings()

    @property
    def metric_values(self) -> tuple[Metric, ...]:
        """The metrics of `compile`, made for the model's output."""
        return measuring.chosen(self._metrics, self._compiled()[1], self.bound().output_shape, self._labels)

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns."""
        return ["loss", *(metric.name for metric in self.metric_values)]

    def _compiled(self) -> tuple[optimizers.Optimizer, losses.Loss]:
        if self.optimizer is None or self.loss is None:
            raise ValueError(_("Call compile(optimizer=..., loss=...) first."))
        return self.optimizer, self.loss

    def _wanted(self) -> given.Wanted:
        network = self.bound()
        return given.Wanted(network.shapes[0], network.output_shape, self._compiled()[1].value, self.dtype)

    def _layers(self) -> tuple[engine.Layer, ...]:
        """The engine's layers, with one for the activation that a loss of logits leaves out."""
        loss = self.loss
        return (
            self.values() if loss is None or loss.logits is None else (*self.values(), engine.Activation(loss.logits))
        )

    def _experiment(self, data: Arrays, **more: Any) -> Experiment:
        """What the engine shall do with data; more: settings of an Experiment."""
        loss = self._compiled()[1]
        optimizer, schedule = self.optimizer_settings()
        self._labels = data.task == "classification"
        return Experiment(
            dataset=data,
            layers=self._layers(),
            loss=loss.value,
            optimizer=optimizer,
            schedule=schedule,
            metrics=measuring.distinct(self.metric_values),
            preprocessing=exporting.AS_GIVEN,
            seed=self.seed,
            dtype=self.dtype,
            **more,
        )

    # --------------------------------------------------------------------------------------------------- training

    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, epochs: int = 1,
        verbose: int | str = "auto", callbacks: Any = None, validation_split: float = 0.0, validation_data: Any = None,
        shuffle: bool = True, class_weight: Any = None, sample_weight: Any = None, initial_epoch: int = 0, **more: Any,
    ) -> History:  # fmt: skip
        """Train for epochs − initial_epoch epochs more, and return what was written down at the end of each.

        validation_split keeps the last rows aside; x as a numpy.memmap then stays in its file (validation_data is joined
        to it in memory). A second fit goes on: same memory of the optimizer, same count of updates, another order of rows.
        """
        refuse("fit", more, _STEPS)
        self._compiled()
        initial_epoch, epochs = given.count("initial_epoch", initial_epoch, 0), given.count("epochs", epochs, 0)
        rows = _BATCH if batch_size is None else given.count("batch_size", batch_size, 1)
        self.begin_with(given.features(x, None, self.dtype).shape[1:])
        data = self._data(x, y, sample_weight, validation_split, validation_data)
        experiment = self._experiment(
            data, epochs=max(1, epochs - initial_epoch), batch_size=rows, shuffle=bool(shuffle),
            class_weight=given.classes(class_weight),
        )  # fmt: skip
        fitting = Fitting(self, experiment, checked(callbacks), Course(initial_epoch, epochs, level(verbose)))
        self.history = fitting.history
        try:
            fitting.go()
        finally:
            self.run, self.frame = fitting.ended() or (self.run, self.frame)
        return fitting.history

    def _data(self, x: Any, y: Any, weights: Any, fraction: float, held: Any) -> Arrays:
        wanted = self._wanted()
        if held is None:
            return given.split(given.dataset(x, y, weights, wanted), fraction)
        if not isinstance(held, (tuple, list)) or len(held) not in (2, 3):
            raise ValueError(_("validation_data is (x, y) or (x, y, sample_weight)."))
        return given.dataset(x, y, weights, wanted, *held)

    # ---------------------------------------------------------------------------------------------------- judging

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: int | str = "auto",
        sample_weight: Any = None, return_dict: bool = False, **more: Any,
    ) -> Any:  # fmt: skip
        """Loss and metrics of rows: a number, a list in the order of `metrics_names`, or a dictionary."""
        refuse("evaluate", more, _STEPS)
        self._compiled()
        threads()
        self.begin_with(given.features(x, None, self.dtype).shape[1:])
        experiment = self._experiment(given.dataset(x, y, sample_weight, self._wanted()))
        samples = experiment.samples()
        bar = Bar(-(-len(samples.x) // (batch_size or _BATCH)), level(verbose))
        network = experiment.network(samples)
        check_fit(network, samples)
        row = judged(network, self.parameters(), experiment, samples, samples.x, samples.y, samples.weights)
        values = named(row, self.metric_values)
        bar.end(values)
        if return_dict:
            return values
        listed = [values[name] for name in self.metrics_names]
        return listed if len(listed) > 1 else listed[0]

    def predict(self, x: Any, batch_size: int | None = None, verbose: int | str = "auto", **more: Any) -> Array:
        """What the model gives for rows: (rows, *input_shape) -> (rows, *output_shape)."""
        refuse("predict", more, _STEPS)
        threads()
        self.begin_with(given.features(x, None, self.dtype).shape[1:])
        network = self.bound()
        features = given.features(x, network.shapes[0], self.dtype)
        rows = MappedRows(features, dtype=self.dtype) if is_mapped(features) else features
        bar = Bar(-(-len(rows) // (batch_size or _BATCH)), level(verbose))
        predicted = network.predict(self.parameters(), rows)
        bar.end()
        return predicted

    # ---------------------------------------------------------------------------------------- looking and keeping

    def summary(
        self, line_length: int | None = None, print_fn: Callable[[str], Any] | None = None, **more: Any
    ) -> None:
        """Print a table of the layers, their shapes and numbers of parameters."""
        refuse(
            "summary", more, {"positions": None, "expand_nested": False, "show_trainable": False, "layer_range": None}
        )
        rows = []
        for layer in self.layers:
            shape = str(layer.output_shape) if layer.built else "?"
            count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
            rows.append((f"{layer.name} ({type(layer).__name__})", shape, count))
        own = self.count_params() if self.built else 0
        slots = self._optimizer_count()
        each = 8 if self.dtype == "float64" else 4
        slots_bytes = each * (slots - 1) + 4 if slots else 0  # the count of updates is a small whole number
        text = f'Model: "{self.name}"\n' + summary.table(rows, line_length)
        text += summary.parameters("Total params", own + slots, own * each + slots_bytes)
        text += summary.parameters("Trainable params", own, own * each)
        text += summary.parameters("Non-trainable params", 0, 0)
        if slots:
            text += summary.parameters("Optimizer params", slots, slots_bytes)
        (print_fn or _print)(text)

    def _optimizer_count(self) -> int:
        """Keras' count: what the optimizer remembers, the number of updates, and the rate unless a schedule gives it."""
        if self.optimizer is None or not self.start.updates:
            return 0
        scheduled = not isinstance(self.optimizer_settings()[1], Constant)
        return sum(len(vector) for _name, vector in self.start.slots) + (1 if scheduled else 2)

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write a `.netviz` project (data, training, weights), or with another suffix a file for other programs.

        `.keras` holds model, training and optimizer; `.npz` weights; `.py`, `_torch.py`, `_keras.py` and `.h` programs.
        """
        fitted = self._as_fitted()
        if projects.is_exported(filepath):
            projects.export(filepath, exporting.trained(self, fitted), overwrite)
            return
        if self.run is None:
            raise ValueError(_("A project holds its data and its training; call fit before save."))
        if fitted is None:
            raise ValueError(_("The layers or the loss have changed since the last fit; call fit before save."))
        # The weights may have been set since, and the project must hold those that the model has.
        projects.save(filepath, self.run, replace(fitted, params=self.parameters()), overwrite)

    def _as_fitted(self) -> Frame | None:
        """Where the last fit ended, if the model still has the same layers."""
        frame = self.frame
        same = frame and frame.experiment.layers == self._layers() and frame.params.windows == self.bound().windows
        return frame if same else None

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write the weights alone, by suffix: `.weights.h5` as Keras has it, `.npz`, `.safetensors`, ..."""
        if not projects.is_exported(filepath):
            sentence = _("{name}: the suffix must be .weights.h5 or that of another file of weights, such as .npz.")
            raise ValueError(sentence.format(name=Path(filepath).name))
        projects.export(filepath, exporting.trained(self, self._as_fitted()), overwrite)

    def load_weights(self, filepath: str | os.PathLike[str], skip_mismatch: bool = False, **more: Any) -> None:
        """Take the weights of a file of any format, by their names, else by their order and shapes."""
        refuse("load_weights", more | {"skip_mismatch": skip_mismatch}, {"skip_mismatch": False})
        network = self.bound()
        found = laid_onto(network, read_weights(filepath).arrays, Path(filepath).name)
        self.start = replace(self.start, params=filled(network, self.values(), found, self.dtype).vector)


def _print(text: str) -> None:
    print(text, end="")


def save_model(model: Sequential, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
    """The same as `model.save`."""
    model.save(filepath, overwrite)


def load_model(filepath: str | os.PathLike[str]) -> Sequential:
    """A model from a trained `.netviz` project, or from a file of Keras' or of another program that holds a network.

    Training goes on where it ended, with what the optimizer remembers, where the file holds that.
    """
    model = Sequential()
    if projects.is_exported(filepath):
        return exporting.fill(model, projects.load_foreign(filepath))
    project = projects.load(filepath)
    model.seed, model.dtype = project.experiment.seed, project.experiment.dtype
    for value in project.experiment.layers:
        model.add(of(value))
    model.begin_with(project.input_shape)
    model.compile(project.optimizer, project.loss, project.metrics)
    model.settle(project.start)
    model.run, model.frame = project.run, project.frame
    return model
