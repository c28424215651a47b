"""Between frozen values and Keras' serialized objects: {"class_name": "Adam", "config": {"learning_rate": 0.01}}.

Names and arguments are the same on both sides but for a few, which stand in tables here. What Keras knows and netviz does
not is kept as a list for people to read.
Source: https://keras.io/api/models/model_saving_apis/serialization_utils
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from netviz.codec import InvalidValue, decode, encode, fields_of
from netviz.engine.activations import Activation
from netviz.engine.initializers import Given, Initializer, initializers
from netviz.engine.losses import Loss
from netviz.engine.metrics import Accuracy, FBetaScore, Metric, metric_names
from netviz.engine.optimizers import FirstOrder, Optimizer
from netviz.engine.schedules import (
    Constant,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Schedule,
    StepDecay,
)
from netviz.formats.imported import LeftOut
from netviz.formats.keras import metric_settings
from netviz.i18n import _
from netviz.registry import UnknownName

Plain = Mapping[str, Any]
Report = Callable[[LeftOut], None]

# Keras' arguments that ask for nothing when they have one of these values; any other is reported.
NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "attention_axes": (None, [1], 1), "axis": (-1, [-1]), "class_aggregation": ("uniform_average",),
    "data_format": (None, "channels_last"), "flash_attention": (None, False, True),
    "implementation": (1, 2), "num_regressors": (0,), "reduction": ("sum_over_batch_size", "mean", "auto"),
    "relative_step": (True, False), "renorm_momentum": (0.99,), "trainable": (True,), "unroll": (False, True),
    "zero_output_for_mask": (False, True), "decay": (0.0, None),
}  # fmt: skip
# Arguments that say nothing about what is computed.
_SILENT = frozenset({
    "name", "dtype", "seed", "batch_shape", "batch_input_shape", "input_shape", "input_length", "sparse", "ragged",
    "optional", "from_logits", "input_axes", "output_axes", "jit_compile", "is_legacy_optimizer",
})  # fmt: skip
_FAMILIES = {
    "initializer": "keras.initializers", "regularizer": "keras.regularizers", "loss": "keras.losses",
    "metric": "keras.metrics", "optimizer": "keras.optimizers", "schedule": "keras.optimizers.schedules",
}  # fmt: skip
_SCHEDULES = (
    ExponentialDecay, InverseTimeDecay, PolynomialDecay, CosineDecay, CosineDecayRestarts, PiecewiseConstantDecay,
)  # fmt: skip


def serialized(class_name: str, config: Plain, module: str) -> dict[str, Any]:
    """An object as Keras writes it."""
    return {"module": module, "class_name": class_name, "config": dict(config), "registered_name": None}


# ---------------------------------------------------------------------------------------------------- netviz -> Keras


def written(value: Any) -> Any:
    """A setting as Keras' configuration has it: numbers and texts as they are, activations by name."""
    if isinstance(value, Activation):
        return value.family.name(type(value))
    if isinstance(value, Given):  # the weights go along anyway
        return serialized("Zeros", {}, _FAMILIES["initializer"])
    if isinstance(value, (tuple, list)):
        return [written(item) for item in value]
    family = getattr(value, "family", None)
    if family is None:
        return encode(value)
    return serialized(type(value).__name__, settings(value), _FAMILIES[family.family])


def settings(value: Any) -> dict[str, Any]:
    """All fields of a value under their names."""
    return {name: written(getattr(value, name)) for name in fields_of(type(value))}


def loss(value: Loss, from_logits: bool = False) -> dict[str, Any]:
    """A loss with its settings."""
    config = settings(value) | ({"from_logits": True} if from_logits else {})
    return serialized(type(value).__name__, config, _FAMILIES["loss"])


def metrics(values: tuple[Metric, ...]) -> list[Any]:
    """Metrics with their settings; accuracy by that name, for Keras chooses its kind by the loss.

    An F score of the first class stands for those of all.
    """
    values = tuple(value for value in values if not (isinstance(value, FBetaScore) and value.class_id))
    named = zip(metric_names(values), values, strict=True)
    return ["accuracy" if type(value) is Accuracy else _metric(name, value) for name, value in named]


def _metric(name: str, value: Metric) -> dict[str, Any]:
    config = {"name": name} | metric_settings.for_keras(type(value), settings(value))
    return serialized(type(value).__name__, config, _FAMILIES["metric"])


def optimizer(value: Optimizer, schedule: Schedule) -> dict[str, Any] | None:
    """An optimizer with its schedule; None where Keras has none of its kind."""
    if not isinstance(value, FirstOrder):
        return None
    config = {"name": value.family.name(type(value))} | settings(value)
    rate = _schedule(value.learning_rate, schedule)
    return serialized(type(value).__name__, config | ({"learning_rate": rate} if rate else {}), _FAMILIES["optimizer"])


def lost_schedule(schedule: Schedule) -> bool:
    """Whether Keras has no schedule of that kind; its optimizer then keeps the base rate."""
    return not isinstance(schedule, (Constant, StepDecay, *_SCHEDULES))


def _schedule(base: float, schedule: Schedule) -> dict[str, Any] | None:
    """A schedule, whose first rate Keras keeps with it; None for a constant rate."""
    if isinstance(schedule, StepDecay):  # base·factor^⌊step/decay_steps⌋
        schedule = ExponentialDecay(schedule.decay_steps, schedule.factor, staircase=True)
    if isinstance(schedule, PiecewiseConstantDecay):
        config = {"boundaries": list(schedule.boundaries), "values": [base * factor for factor in schedule.factors]}
    elif isinstance(schedule, _SCHEDULES):
        config = {"initial_learning_rate": base} | settings(schedule)
    else:
        return None
    return serialized(type(schedule).__name__, config, _FAMILIES["schedule"])


# ---------------------------------------------------------------------------------------------------- Keras -> netviz


def object_of(family: type[Any], found: Any, where: str, report: Report) -> Any:
    """The member of a family that a name or a serialized object means.

    InvalidValue or UnknownName where there is none; single arguments that netviz does not have are reported.
    """
    name, config = named(found)
    name = _own_name(family, name)
    if family is Initializer and name == "VarianceScaling":
        return _variance_scaling(config)
    kind = family.family[name]
    return decode(family, {"type": name, **arguments(kind, config, where, report)}, place=where)


def _own_name(family: type[Any], name: str) -> str:
    """A name as netviz has it: Keras takes names in any case, and with the path of a registered object before it."""
    name = name.rpartition(">")[2]
    for each in (name, name.lower()):
        if each in family.family:
            return each
    return name


def named(found: Any) -> tuple[str, Plain]:
    """(class name or alias, arguments) of a name or of a serialized object; InvalidValue for what is neither."""
    if isinstance(found, str):
        return found, {}
    if isinstance(found, dict) and isinstance(found.get("class_name"), str):
        config = found.get("config")
        if isinstance(config, str):  # Keras' way to write a function
            return config, {}
        return found["class_name"], config if isinstance(config, dict) else {}
    raise InvalidValue(_("{found} is no object of Keras'.").format(found=ascii(found)[:60]))


def arguments(kind: type[Any], config: Plain, where: str, report: Report) -> dict[str, Any]:
    """Keras' arguments as plain JSON for a class of netviz; those it has no field for are reported unless neutral."""
    fields, found = fields_of(kind), {}
    for key, value in config.items():
        if key in fields and key != "name":
            plain = _argument(fields[key], value, f"{where}, {key}", report)
            if plain is not _LEFT_OUT:
                found[key] = plain
        elif key not in _SILENT and not neutral(key, value):
            report(LeftOut(f"{key}={ascii(value)[:80]}", where, _("netviz has no such setting")))
    return found


def neutral(key: str, value: Any) -> bool:
    """Whether an argument's value asks for nothing."""
    return value in NEUTRAL[key] if key in NEUTRAL else value is None or value is False


_LEFT_OUT = object()


def _argument(annotation: Any, value: Any, where: str, report: Report) -> Any:
    """One argument as plain JSON; _LEFT_OUT where the field's default must do."""
    family = _family(annotation)
    if family is None or value is None:
        return _of_form(annotation, value)
    try:
        return encode(object_of(family, value, where, report))
    except (InvalidValue, UnknownName) as problem:
        if issubclass(family, Activation):
            raise  # without it the network would compute something else
        report(LeftOut(ascii(named(value)[0])[1:-1], where, str(problem)))
        return _LEFT_OUT


def _bare(annotation: Any) -> Any:
    """The type without what is said about it, and without None."""
    while hasattr(annotation, "__metadata__") or get_origin(annotation) in (Union, UnionType):
        options = get_args(annotation)[:1] if hasattr(annotation, "__metadata__") else get_args(annotation)
        annotation = next(option for option in options if option is not type(None))
    return annotation


def _of_form(annotation: Any, value: Any) -> Any:
    """One number and a list of it are the same to Keras: (2,) for a kernel of one axis, −1 for a list of axes."""
    bare = _bare(annotation)
    if isinstance(value, (list, tuple)):
        return value[0] if bare is int and len(value) == 1 else list(value)
    several = get_origin(bare) is tuple and get_args(bare)[-1] is Ellipsis
    return [value] if several and not isinstance(value, str) else value


def _family(annotation: Any) -> type[Any] | None:
    """The family whose members a field holds, if it holds members of one."""
    bare: type[Any] = _bare(annotation)
    return bare if getattr(bare, "family", None) is not None else None


def _variance_scaling(config: Plain) -> Initializer:
    """The named initializer that a general one equals. https://keras.io/api/layers/initializers"""
    wanted = (float(config.get("scale", 1.0)), config.get("mode", "fan_in"), config.get("distribution", "truncated_normal"))
    known = {
        (1.0, "fan_avg", "uniform"): "glorot_uniform", (1.0, "fan_avg", "truncated_normal"): "glorot_normal",
        (2.0, "fan_in", "uniform"): "he_uniform", (2.0, "fan_in", "truncated_normal"): "he_normal",
        (1.0, "fan_in", "uniform"): "lecun_uniform", (1.0, "fan_in", "truncated_normal"): "lecun_normal",
    }  # fmt: skip
    if wanted not in known:
        raise InvalidValue(_("netviz has no such scaling of the variance"))
    return initializers[known[wanted]]()
