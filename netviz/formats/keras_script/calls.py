"""What calling Keras' names does: layers are made and put together, models are built, compiled and fitted.

Nothing is trained or loaded; what a call would do is written down.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from netviz.formats.keras_script import arithmetic, sources
from netviz.formats.keras_script.names import order, renamed
from netviz.formats.keras_script.values import (
    Built,
    Call,
    Data,
    Flow,
    Function,
    Method,
    Model,
    Outside,
    Symbol,
    Unknown,
)
from netviz.i18n import _

Report = Callable[[str, int, str], None]  # what, line, why

INPUT = "keras.layers.InputLayer"
_MERGING = {"add": "Add", "concatenate": "Concatenate", "multiply": "Multiply", "average": "Average", "subtract": "Subtract"}
_SILENT = frozenset({
    "summary", "evaluate", "predict", "save", "save_weights", "predict_on_batch", "predict_classes", "to_json", "get_config",
    "get_weights", "count_params", "predict_proba", "reset_states", "get_layer", "export", "reset_metrics", "plot",
    "test_on_batch",
})  # fmt: skip


def arguments_of(name: str, arguments: list[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments by their names."""
    found = dict(zip(order(name), arguments, strict=False))
    if len(arguments) > len(order(name)) > 0:
        found["*"] = Unknown(_("arguments without names follow that are not known"), 0)
    found |= {renamed(name, key): value for key, value in named.items()}
    long = Unknown(_("a list in it is far too long"))
    return {key: long if arithmetic.too_long(value) else value for key, value in found.items()}


def model_of(arguments: Mapping[str, Any], line: int, report: Report) -> Model:
    """Sequential(...) or Model(...)."""
    made = Model(line, name=str(arguments.get("name") or ""))
    if "inputs" in arguments or "outputs" in arguments:
        ends = [_single(arguments.get(key)) for key in ("inputs", "outputs")]
        if not all(isinstance(end, Flow) for end in ends):
            what = _("a model with several inputs or outputs, or with ends that are not known")
            raise Outside(what)
        made.ends = ends[0], ends[1]
        return made
    layers = arguments.get("layers")
    if isinstance(layers, (list, tuple)):
        for each in layers:
            add(made, each, line, report)
    elif layers is not None:
        report("Sequential", line, why_of(layers))
    return made


def _single(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and len(value) == 1:
        return value[0]
    return next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value


def why_of(value: Any) -> str:
    """Why a value is not known."""
    if isinstance(value, Function):
        return _("it is a function of the script's own")
    if isinstance(value, Unknown) and value.why:
        return value.why
    return _("only running the script would tell")


def add(model: Model, layer: Any, line: int, report: Report) -> None:
    """Put a layer at the end."""
    if isinstance(layer, Built):
        model.layers.append(layer)
    elif isinstance(layer, Flow) and not layer.before:
        model.layers.append(layer.layer)
    elif isinstance(layer, Model) and layer.ends is None and layer is not model:
        model.layers += layer.layers
    elif isinstance(layer, Model) and layer is not model:
        model.layers += _chain(layer)
    else:
        report(_("a layer"), line, why_of(layer))


def _chain(model: Model) -> list[Built]:
    """The layers of a graph that goes one way."""
    assert model.ends is not None
    flow, made = model.ends[1], list[Built]()
    while flow is not model.ends[0]:
        if len(flow.before) != 1:
            raise Outside(_("a graph within a model, whose layers do not stand in a row"))
        made.append(flow.layer)
        flow = flow.before[0]
    return made[::-1]


def applied(called: Any, arguments: list[Any], line: int) -> Any:
    """A layer or a model, given a result of the graph; None where none is given."""
    given = _flows(arguments[0]) if arguments else ()
    if not given:
        return None
    if isinstance(called, Built):
        same = len(arguments) > 1 and all(each is arguments[0] for each in arguments)
        more = () if same else tuple(each for part in arguments[1:] for each in _flows(part))
        return Flow(called, (*given, *more))
    if isinstance(called, Model):
        flow = given[0]
        for layer in [each for each in (called.layers or _chain_or_none(called)) if each.path != INPUT]:
            flow = Flow(layer, (flow,))
        return flow
    if isinstance(called, Symbol):
        name = called.name
        if called.path.startswith("keras.layers.") and name in _MERGING:
            return Flow(Built(f"keras.layers.{_MERGING[name]}", {}, line), given)
        if called.path.startswith("keras.activations."):
            return Flow(Built("keras.layers.Activation", {"activation": name}, line), given)
        return Flow(Built(called.path, {}, line), given)
    return None


def _flows(value: Any) -> tuple[Flow, ...]:
    if isinstance(value, Flow):
        return (value,)
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, Flow) for each in value):
        return tuple(value)
    return ()


def combined(kind: type, a: Any, b: Any, line: int) -> Flow:
    """Results of the graph with an operator between them."""
    if kind is ast.Add and isinstance(a, Flow) and isinstance(b, Flow):
        return Flow(Built("keras.layers.Add", {}, line), (a, b))
    flow = a if isinstance(a, Flow) else b
    return Flow(Built(_("an operator"), {}, line), (flow,))


def attribute(owner: Any, name: str, line: int) -> Any:
    """A part or a method of an object."""
    if isinstance(owner, Data):
        return sources.attribute(owner, name, line)
    if isinstance(owner, Unknown):
        return owner
    if isinstance(owner, dict) and name in owner and isinstance(owner[name], Data):
        return owner[name]  # what scikit-learn's loaders give
    if isinstance(owner, Model):
        if name == "layers":
            return [each for each in owner.layers if isinstance(each, Built)] or _chain_or_none(owner)
        if name in ("input", "inputs") and owner.ends is not None:
            return owner.ends[0]
        if name in ("output", "outputs") and owner.ends is not None:
            return owner.ends[1]
        if name == "optimizer" and owner.compiled is not None:
            return owner.compiled.arguments.get("optimizer")
    if isinstance(owner, Built) and name in owner.arguments and owner.path != "argparse.ArgumentParser":
        return owner.arguments[name]
    if isinstance(owner, (str, list, tuple, dict, Built, Model, Flow, Function)):
        return Method(owner, name)
    raise Outside(_("it takes a part of what is not known before the script runs"))


def _chain_or_none(model: Model) -> list[Built]:
    return _chain(model) if model.ends is not None else []


def set_attribute(owner: Any, name: str, value: Any) -> None:
    """owner.name = value."""
    if name == "trainable" and isinstance(value, bool):
        held = [owner] if isinstance(owner, Built) else attribute(owner, "layers", 0) if isinstance(owner, Model) else []
        for layer in held:
            layer.trainable = value
    elif isinstance(owner, Built):
        owner.arguments[renamed(owner.name, name)] = Unknown() if arithmetic.too_long(value) else value


def method(owner: Any, name: str, arguments: list[Any], named: Mapping[str, Any], line: int, report: Report) -> Any:
    """A method of a model, a list, a text or data."""
    if isinstance(owner, Data):
        return sources.called(owner, name, arguments, named)
    if isinstance(owner, Model):
        return _of_model(owner, name, arguments, named, line, report)
    if isinstance(owner, Built):
        return _of_built(owner, name, arguments, named)
    return _of_plain(owner, name, arguments)


def _of_model(
    model: Model, name: str, arguments: list[Any], named: Mapping[str, Any], line: int, report: Report
) -> Any:
    if name == "add":
        layer = arguments[0] if arguments else named.get("layer")
        add(model, layer, line, report)
    elif name == "pop" and model.layers:
        return model.layers.pop()
    elif name == "compile":
        model.compiled = Call(arguments_of("compile", arguments, named), line)
    elif name in ("fit", "fit_generator"):
        model.fits.append(Call(arguments_of(name, arguments, named), line))
    elif name == "build":
        shape = arguments[0] if arguments else named.get("input_shape")
        if isinstance(shape, (list, tuple)) and shape:
            model.layers.insert(0, Built(INPUT, {"shape": tuple(shape[1:])}, line))
    elif name == "get_layer" and arguments:
        for layer in attribute(model, "layers", line):
            if layer.arguments.get("name") == arguments[0]:
                return layer
    elif name == "load_weights":
        report(f"model.{name}", line, _("no other file is read; load them onto the network once it is open"))
    elif name not in _SILENT:
        report(f"model.{name}", line, _("netviz does not do that when it opens a script"))
    return Unknown("", line)


def _of_built(owner: Built, name: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
    """Scalers of scikit-learn, and what arguments of the command line are without any; others are not asked anything."""
    if owner.path == "argparse.ArgumentParser":
        return _of_parser(owner, name, arguments, named)
    if owner.name in sources.SCALERS and arguments and isinstance(arguments[0], Data):
        scaled = owner.name == "StandardScaler"
        return replace(arguments[0], scaled=scaled or arguments[0].scaled, changed=arguments[0].changed or not scaled)
    if name in ("fit", "set_params"):
        return owner
    if arguments and isinstance(arguments[0], Data):
        return arguments[0]
    raise Outside(_("it is what only running the script would tell"))


def _of_parser(owner: Built, name: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
    """argparse: what each argument is where nobody gives it."""
    if name == "add_argument":
        names = [each for each in arguments if isinstance(each, str)]
        chosen = next((each for each in names if each.startswith("--")), names[0] if names else "")
        usual = {"store_true": False, "store_false": True}.get(str(named.get("action")))
        default = named.get("default", usual)
        why = Unknown(_("it is given on the command line"), owner.line)
        owner.arguments[str(named.get("dest", chosen)).lstrip("-").replace("-", "_")] = why if default is None else default
        return None
    return Built("argparse.Namespace", owner.arguments, owner.line) if name == "parse_args" else Unknown()


def _of_plain(owner: Any, name: str, arguments: list[Any]) -> Any:
    """What lists, dictionaries and texts are asked for most."""
    if isinstance(owner, list) and name in ("append", "extend", "insert", "reverse"):
        if name == "extend" and not (arguments and isinstance(arguments[0], (list, tuple)) and arguments[0] is not owner):
            raise Outside(_("a list grows by what is not known"))
        if len(owner) > 10_000:
            raise Outside(_("a list in it is far too long"))
        getattr(owner, name)(*arguments)
        return None
    if isinstance(owner, dict) and name in ("items", "keys", "values"):
        return [*getattr(owner, name)()]
    if isinstance(owner, dict) and name == "get" and arguments and isinstance(arguments[0], (str, int, float, bool)):
        return owner.get(arguments[0], arguments[1] if len(arguments) > 1 else None)
    if isinstance(owner, dict) and name == "update" and arguments and isinstance(arguments[0], dict):
        owner.update(arguments[0])
        return None
    if isinstance(owner, str) and name in ("lower", "upper", "strip", "title") and not arguments:
        return getattr(owner, name)()
    raise Outside(_("it calls {name}, which is not followed").format(name=name[:60]))
