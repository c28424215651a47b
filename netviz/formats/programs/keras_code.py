"""Keras' serialized objects as calls of its constructors, with those arguments only that are not its defaults.

What `netviz.formats.keras` would write into a .keras file is said here in code, so both are the same model.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from netviz.codec import fields_of
from netviz.engine.initializers import initializers
from netviz.engine.layers import layers as layer_family
from netviz.engine.losses.loss import losses
from netviz.engine.metrics import metrics
from netviz.engine.optimizers.optimizer import optimizers
from netviz.engine.regularizers import regularizers
from netviz.engine.schedules import schedules
from netviz.formats.keras import metric_settings, objects
from netviz.formats.programs.python_lines import whole
from netviz.registry import Registry

# Arguments that are always said, the first ones without their names.
_FIRST: Mapping[str, tuple[str, ...]] = {
    "Activation": ("activation",), "Bidirectional": ("layer",), "Conv1D": ("filters", "kernel_size"),
    "Conv2D": ("filters", "kernel_size"), "Dense": ("units",), "DepthwiseConv2D": ("kernel_size",), "Dropout": ("rate",),
    "Embedding": ("input_dim", "output_dim"), "GRU": ("units",), "GaussianDropout": ("rate",), "GaussianNoise": ("stddev",),
    "LSTM": ("units",), "MultiHeadAttention": ("num_heads", "key_dim"), "Permute": ("dims",), "RandomFlip": ("mode",),
    "RandomRotation": ("factor",), "RandomTranslation": ("height_factor", "width_factor"), "RandomZoom": ("height_factor",),
    "Rescaling": ("scale",), "Reshape": ("target_shape",), "SimpleRNN": ("units",), "SpatialDropout1D": ("rate",),
    "SpatialDropout2D": ("rate",), "UpSampling2D": ("size",), "ZeroPadding2D": ("padding",), "L1": ("l1",), "L2": ("l2",),
    **{f"{kind}Pooling{axes}D": ("pool_size",) for kind in ("Max", "Average") for axes in (1, 2)},
}  # fmt: skip
_SILENT = ("dtype",)
_MODULES = {"keras.layers": "layers"}  # as the program imports it
_FAMILIES: Mapping[str, Registry[Any]] = {
    "keras.layers": layer_family, "keras.initializers": initializers, "keras.regularizers": regularizers,
    "keras.losses": losses, "keras.metrics": metrics, "keras.optimizers": optimizers, "keras.optimizers.schedules": schedules,
}  # fmt: skip


class Constant(str):
    """The name of a constant, which is code as it stands."""


def code(value: Any) -> str:
    """A value of a configuration as an expression for `Lines.put`: serialized objects as calls, the rest as literals."""
    if isinstance(value, Mapping) and "class_name" in value:
        return call(str(value["module"]), str(value["class_name"]), value["config"])
    if isinstance(value, Constant):
        return value
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, (list, tuple)):
        items = ", ".join(map(code, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    return repr(value)


def call(module: str, class_name: str, config: Mapping[str, Any]) -> str:
    """A call of a constructor."""
    first, usual = _FIRST.get(class_name, ()), _defaults(module, class_name)
    said = [code(config[key]) for key in first if key in config]
    for key, value in config.items():
        name = key == "name" and module not in ("keras.layers", "keras.metrics")
        if key not in first and key not in _SILENT and not name and (key not in usual or usual[key] != value):
            said.append(f"{key}={code(value)}")
    return f"{_MODULES.get(module, module)}.{class_name}({', '.join(said)})"


@lru_cache(maxsize=256)
def _defaults(module: str, class_name: str) -> Mapping[str, Any]:
    """netviz' defaults, which are Keras' but for what is always said, as a configuration has them."""
    family = _FAMILIES.get(module)
    if family is None or class_name not in family:
        return {}
    kind = family[class_name]
    found = {key: objects.written(getattr(kind(), key)) for key in fields_of(kind) if key not in ("name", "layer")}
    found = metric_settings.for_keras(kind, found) if module == "keras.metrics" else found
    return {key: value for key, value in found.items() if key != "learning_rate"}
