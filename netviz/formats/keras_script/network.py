"""What was found in a script as a network and its settings; every part that netviz does not have is named with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from netviz.arrays import FrozenMap, Shape
from netviz.codec import InvalidValue, encode, fields_of
from netviz.engine.layers import Activation, Layer, LayerProblem, Residual, layers
from netviz.engine.losses import Loss
from netviz.engine.network import NetworkProblem, layer_names
from netviz.engine.surgery import Freeze
from netviz.files import FileProblem
from netviz.formats.imported import LOGITS, Imported, LeftOut, refuse_many
from netviz.formats.keras import graph
from netviz.formats.keras import layers as keras_layers
from netviz.formats.keras.graph import Block, Found
from netviz.formats.keras_script.calls import INPUT, why_of
from netviz.formats.keras_script.known import lengths, plain, unknown_in
from netviz.formats.keras_script.machine import Machine
from netviz.formats.keras_script.names import class_name
from netviz.formats.keras_script.training import Training
from netviz.formats.keras_script.values import Built, Flow, Model
from netviz.i18n import _
from netviz.registry import UnknownName

_WRONG = (InvalidValue, UnknownName, TypeError, ValueError, OverflowError, KeyError, AttributeError)
_NEEDED = ("units", "filters", "kernel_size", "rate", "target_shape", "input_dim", "output_dim", "activation", "layer")


def imported(machine: Machine, name: str) -> Imported:
    """The network of the model that is trained; FileProblem with the list of what is missing where there is none."""
    model = _chosen(machine)
    if model is None:
        raise _missing(_("{name} makes no model of Keras' that can be followed.").format(name=name), machine)
    made = _Making(machine, model)
    layers = made.layers(name)
    if not layers:
        raise _missing(_("{name} makes a model without a layer that netviz has.").format(name=name), machine)
    training = Training(machine, model)
    shape = made.shape() or training.row_shape()
    settings = training.settings(shape)
    if made.frozen:
        settings["surgery"] = made.frozen
    logits = training.logits and isinstance(settings.get("loss"), Loss)
    if logits:
        layers = (*layers, Activation(keras_layers.output_activation(settings["loss"])))
        machine.reports.append(LeftOut(LOGITS, "loss", _("the activation that it stands for is a layer of its own here")))
    if shape is None:
        sentence = _("{name} does not say what a row looks like: nothing in it tells how many features the data have.")
        raise _missing(sentence.format(name=name), machine)
    found = Imported(
        layers, shape, FrozenMap(settings), from_logits=logits, left_out=tuple(machine.reports), origin=FrozenMap({})
    )
    try:
        found.network()
    except (NetworkProblem, LayerProblem) as problem:
        sentence = _("{name} makes a network that does not fit together: {why}")
        raise _missing(sentence.format(name=name, why=problem), machine) from None
    return found


def _missing(sentence: str, machine: Machine) -> FileProblem:
    """One sentence, then what was left out."""
    listed = "; ".join(" ".join(str(part).split()) for part in machine.reports[:6])
    return FileProblem(_("{sentence} Left out: {parts}.").format(sentence=sentence, parts=listed) if listed else sentence)


def _chosen(machine: Machine) -> Model | None:
    """The last model that is trained, else compiled, else made; the others are named."""
    models = [model for model in machine.models if model.layers or model.ends is not None]
    trained = [model for model in models if model.fits]
    compiled = [model for model in models if model.compiled is not None]
    graphs = [model for model in models if model.ends is not None]
    fitting = next(filter(None, (trained, compiled, graphs, models)), [])
    for other in fitting[:-1]:
        why = _("one network is opened: that of line {n}").format(n=_line(fitting[-1]))
        machine.report(other.name or _("a model"), _line(other), why)
    return fitting[-1] if fitting else None


def _called(layer: Built, taken: set[str]) -> str:
    """How messages call a layer of a graph."""
    given = layer.arguments.get("name")
    name = made = given if isinstance(given, str) and given else _("{kind} of line {n}").format(kind=layer.name, n=layer.line)
    number = 1
    while made in taken or made == "input":
        number += 1
        made = f"{name} ({number})"
    return made


def _line(model: Model) -> int:
    """Where a model is trained, compiled or made."""
    calls = [*model.fits[-1:], *([model.compiled] if model.compiled is not None else [])]
    return calls[0].line if calls else model.line


class _Making:
    """One model on its way to be an experiment."""

    def __init__(self, machine: Machine, model: Model) -> None:
        self._machine, self._model = machine, model
        self._report = machine.report
        self._made: dict[str, Layer] = {}
        self._still: set[str] = set()
        self.frozen: tuple[Freeze, ...] = ()

    # ------------------------------------------------------------------------------------------------------------- layers

    def layers(self, name: str) -> tuple[Layer, ...]:
        """The network's layers; those that netviz has not are reported and passed over."""
        refuse_many(len(self._model.layers), name)
        if self._model.ends is None:
            parts: list[Found | Block] = []
            for place, built in enumerate(self._model.layers):
                if built.path != INPUT and self._layer(f"{place}", built):
                    parts.append(Found(built.name, {"name": f"{place}"}))
        else:
            parts = self._graph(*self._model.ends, name)
        made = self._chain(parts)
        self.frozen = tuple(Freeze(place) for place, part in enumerate(parts) if part.name in self._still)
        return made

    def _chain(self, parts: list[Found | Block], begin: str = "") -> tuple[Layer, ...]:
        """The layers of parts, without the names that they would have anyway; begin: of those in a block."""
        made = [
            Residual(self._chain(list(part.inside), f"{part.name}_")) if isinstance(part, Block) else self._made[part.name]
            for part in parts
        ]
        usual = layer_names(tuple(replace(layer, name="") for layer in made))
        own = (f"{begin}{name}" for name in usual)
        return tuple(replace(e, name="" if e.name == name else e.name) for e, name in zip(made, own, strict=True))

    def _graph(self, begin: Flow, end: Flow, name: str) -> list[Found | Block]:
        """The parts of a functional graph from its input to its output."""
        order, names = _sorted(end), dict[int, str]()
        flat: list[Found] = []
        for flow in order:
            inputs = tuple(names[id(each)] for each in flow.before)
            own = _called(flow.layer, set(names.values()))
            if flow is begin:
                names[id(flow)] = "input"
                flat.append(Found("InputLayer", {"name": "input"}))
            elif flow.layer.name == graph.MERGE and len(inputs) == 2 and inputs[0] != inputs[1]:
                names[id(flow)] = own
                flat.append(Found(graph.MERGE, {"name": own}, inputs))
            elif len(inputs) != 1:
                self._report(flow.layer.name, flow.layer.line, _("netviz has no layer with several inputs but a sum"))
                names[id(flow)] = inputs[0] if inputs else "input"
            elif self._layer(own, flow.layer):
                names[id(flow)] = own
                flat.append(Found(flow.layer.name, {"name": own}, inputs))
            else:
                names[id(flow)] = inputs[0]
        try:
            return graph.chain(flat, name)
        except FileProblem as problem:
            raise _missing(str(problem), self._machine) from None

    def _layer(self, key: str, built: Built) -> bool:
        """Whether netviz has a layer; it is kept under the key, else it is reported."""
        where = _("line {n}").format(n=built.line)
        kind = class_name(built.name)
        try:
            config = {n: _shaped(kind, n, plain(value)) for n, value in self._settled(built).items()}
            config["name"] = config["name"] if isinstance(config.get("name"), str) else ""
            layer = keras_layers.layer_of(kind, config, lambda part: self._noted(part, built.line, kind))
        except _WRONG as problem:
            self._machine.reports.append(LeftOut(kind, where, " ".join(str(problem).split())[:300]))
            return False
        self._made[key] = replace(layer, name=config["name"])
        if not built.trainable or built.arguments.get("trainable") is False:
            self._still.add(key)
        return True

    def _noted(self, part: LeftOut, line: int, kind: str) -> None:
        self._report(f"{kind}, {part.what}", line, part.why)

    def _settled(self, built: Built) -> Mapping[str, Any]:
        """A layer's arguments without what is not known, which is reported."""
        found = {}
        for key, value in built.arguments.items():
            if key in ("input_shape", "input_dim", "input_length", "batch_input_shape", "batch_shape", "dtype", "weights"):
                if key == "input_dim" and built.name == "Embedding":
                    found[key] = value
                continue
            if unknown_in(value) is not None:
                if key in _NEEDED:
                    raise InvalidValue(f"{key}: {why_of(unknown_in(value))}")
                self._report(f"{built.name}, {key}", built.line, why_of(unknown_in(value)))
                continue
            found[key] = value
        return found

    # -------------------------------------------------------------------------------------------------------- input shape

    def shape(self) -> Shape | None:
        """The shape of a row as the script says it."""
        model = self._model
        layers = [model.ends[0].layer] if model.ends is not None else model.layers[:2]
        for built in layers:
            given = built.arguments
            for key in ("shape", "input_shape"):
                if (found := lengths(given.get(key))) is not None:
                    return found
            for key in ("batch_input_shape", "batch_shape"):
                whole = given.get(key)
                if isinstance(whole, (tuple, list)) and (found := lengths(whole[1:])) is not None:
                    return found
            dim = given.get("input_dim")
            if isinstance(dim, int) and dim > 0 and built.name != "Embedding":
                return (dim,)
            length = given.get("input_length")
            if isinstance(length, int) and length > 0 and built.name == "Embedding":
                return (length,)
        return None


def _shaped(kind: str, key: str, value: Any) -> Any:
    """A setting in the form that configurations have: a kernel of (3, 3) for 3, another name for what had one."""
    if key == "activation" and value is None:
        return "linear"
    if key.endswith("_initializer") and value in ("uniform", "normal"):
        return f"random_{value}"
    if kind not in layers or not isinstance(value, (int, float, list)) or isinstance(value, bool):
        return value
    own = layers[kind]
    if key not in fields_of(own) or not isinstance(_default(own, key), tuple):
        return value
    made: Any = own
    try:
        return encode(getattr(made(**{key: tuple(value) if isinstance(value, list) else value}), key))
    except _WRONG:
        return value


def _default(kind: type[Any], name: str) -> Any:
    """What a setting is where nobody says."""
    return kind.__dataclass_fields__[name].default


def _sorted(end: Flow) -> list[Flow]:
    """All results that a result is made of, each after those before it."""
    done: dict[int, Flow] = {}
    ahead: list[tuple[Flow, bool]] = [(end, False)]
    while ahead:
        flow, ready = ahead.pop()
        if id(flow) in done:
            continue
        if ready:
            done[id(flow)] = flow
        else:
            ahead.append((flow, True))
            ahead += [(each, False) for each in flow.before]
    return list(done.values())
