"""What calling a name of a library gives: Keras' classes, loaders of data, NumPy's arrays, Python's own functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from netviz.formats.imported import LeftOut
from netviz.formats.keras_script import arithmetic, calls, sources
from netviz.formats.keras_script.expressions import Expressions
from netviz.formats.keras_script.names import group_of
from netviz.formats.keras_script.values import Built, Data, Flow, Function, Model, Outside, Symbol
from netviz.i18n import _

_MOST_REPORTS = 200
_SEEDS = ("keras.utils.set_random_seed", "tensorflow.random.set_seed", "numpy.random.seed", "random.seed")
_WRAPPERS = ("KerasClassifier", "KerasRegressor")
_OF_FIT = ("epochs", "batch_size", "nb_epoch", "validation_split")
_OBJECTS = frozenset({
    "layers", "losses", "metrics", "optimizers", "schedules", "callbacks", "regularizers", "initializers", "activations",
})  # fmt: skip


class Library(Expressions):
    """Knows the libraries; models in the order in which they are made, seed: the last one that was set."""

    def __init__(self) -> None:
        super().__init__()
        self.models: list[Model] = []
        self.reports: list[LeftOut] = []
        self.seed: int | None = None

    def report(self, what: str, line: int, why: str) -> None:
        """Note what is left out."""
        made = LeftOut(what, _("line {n}").format(n=line), why)
        if made not in self.reports and len(self.reports) < _MOST_REPORTS:
            self.reports.append(made)

    def call(self, function: Function, arguments: list[Any], named: Mapping[str, Any]) -> Any:
        """A function of the script."""
        raise NotImplementedError

    def library(self, called: Symbol, arguments: list[Any], named: dict[str, Any], line: int) -> Any:
        """A name of Keras', NumPy's, scikit-learn's or Python's own."""
        path, name = called.path, called.name
        if path in _SEEDS:
            value = arguments[0] if arguments else next(iter(named.values()), None)
            self.seed = value if isinstance(value, int) and 0 <= value <= 2**53 else self.seed
            return None
        if path in ("keras.models.Sequential", "keras.models.Model"):
            made = calls.model_of(calls.arguments_of(name, arguments, named), line, self.report)
            self.models.append(made)
            return made
        if path == "keras.layers.Input":
            found = calls.arguments_of("Input", arguments, named)
            return Flow(Built(calls.INPUT, found, line))
        if (flow := calls.applied(called, arguments, line)) is not None:
            return flow
        if (made := self._built(path, name, arguments, named, line)) is not None:
            return made
        for maker in (sources.loaded, sources.numpy_made):
            if (data := maker(path, arguments, named)) is not None:
                return data
        return self._plain(path, name, arguments, named, line)

    def _built(self, path: str, name: str, arguments: list[Any], named: dict[str, Any], line: int) -> Any:
        """An object of Keras', or one that matters here."""
        group = group_of(path)
        if name in _WRAPPERS:
            return self._wrapped(arguments, named, line)
        if group in ("models", "applications"):
            raise Outside(_("{name} is a model that lies elsewhere").format(name=name[:60]))
        if path.startswith("script.") or group in _OBJECTS:
            if name == "TimeDistributed" and arguments and isinstance(arguments[0], Built) and arguments[0].name == "Dense":
                return arguments[0]  # a dense layer goes along the last axis by itself
            return Built(path, calls.arguments_of(name, arguments, named), line)
        if name in sources.SCALERS or path == "argparse.ArgumentParser":
            return Built(path, {}, line)
        if path == "keras.utils.to_categorical" and arguments and isinstance(arguments[0], Data):
            return arguments[0]
        return sources.split(arguments, named) if name == "train_test_split" else None

    def _wrapped(self, arguments: list[Any], named: dict[str, Any], line: int) -> Any:
        """A model wrapped for scikit-learn: the function that makes it, and arguments of fit."""
        function = next((named[key] for key in ("model", "build_fn") if key in named), arguments[0] if arguments else None)
        model = self.call(function, [], {}) if isinstance(function, Function) else function
        if isinstance(model, Model):
            fit: dict[str, Any] = {key: named[key] for key in _OF_FIT if key in named}
            calls.method(model, "fit", [], fit, line, self.report)
        return model

    def _plain(self, path: str, name: str, arguments: list[Any], named: dict[str, Any], line: int) -> Any:
        """Functions of Python itself, worked out where that costs nothing."""
        if path == "range" and all(isinstance(each, int) for each in arguments) and 1 <= len(arguments) <= 3:
            if len(arguments) == 3 and arguments[2] == 0:
                raise Outside(_("it counts in steps of 0"))
            return arithmetic.bounded(range(*arguments))
        if path in ("zip", "enumerate", "reversed") and arguments:
            lists = [self.iterated(each) for each in arguments[: 1 if path != "zip" else None]]
            if path == "zip":
                return list(zip(*lists, strict=False))
            return list(enumerate(lists[0])) if path == "enumerate" else lists[0][::-1]
        if path == "isinstance":
            raise Outside(_("it asks for the type of something"))
        if path == "map" and len(arguments) == 2:
            return [self.called(arguments[0], [each], {}, line) for each in self.iterated(arguments[1])]
        if path == "len" and len(arguments) == 1 and isinstance(arguments[0], Data) and arguments[0].shape:
            return arguments[0].shape[0]
        data = next((each for each in arguments if isinstance(each, Data)), None)
        if data is not None and path.split(".")[0] in ("numpy", "pandas", "tensorflow", "sklearn", "keras"):
            return replace(data, shape=None, changed=True)
        return arithmetic.function(path, arguments, named)
