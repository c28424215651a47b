"""Each layer as PyTorch has it: a module with its weights where there is one, and a line of `forward`.

Rows of images and sequences have their channels last in netviz and first in PyTorch. They are turned where a module wants
them so, and stay so until something wants them back.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from netviz.arrays import Array, Shape
from netviz.engine.layers import Layer, Residual
from netviz.engine.layers.advanced_activations import SoftmaxAlong
from netviz.engine.layers.axes import row_axis
from netviz.engine.network import layer_names
from netviz.formats.programs.facts import told
from netviz.formats.programs.python_lines import Lines
from netviz.formats.programs.torch_layout import Placed

# What a module of PyTorch's has already, and what the program adds to it.
_WORDS = """
    add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float
    forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers
    named_children named_modules named_parameters parameters predict register_backward_hook register_buffer
    register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory
    state_dict to to_empty train training type xpu zero_grad feature_mean feature_deviation target_mean target_deviation
"""
_TAKEN = frozenset(_WORDS.split())


@dataclass
class Model(Lines):
    """The lines of `forward`, the modules that `__init__` makes, where each array goes, and constants that PyTorch wants.

    first: whether x has its channels first where the next line begins. module: the name of the layer's module.
    """

    modules: list[str] = field(default_factory=list)
    layout: list[Placed] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    first: bool = False
    module: str = ""
    prefix: str = ""
    names: set[str] = field(default_factory=lambda: set(_TAKEN))

    def put(self, code: str, note: str = "") -> None:
        """As a line of a method, which stands further in."""
        super().put(code, note)
        self.lines[-1] = "\n".join(f"    {line}" for line in self.lines[-1].split("\n"))

    def made(self, constructor: str, *arguments: object, suffix: str = "", **settings: object) -> str:
        """Make a module of the layer; settings that are None are left out. Returns what calls it."""
        named = [f"{name}={value}" for name, value in settings.items() if value is not None]
        own = f"{self.module}{suffix}"
        self.modules.append(f"self.{own} = {constructor}({', '.join([*map(str, arguments), *named])})")
        self.calls.add(constructor)
        return f"self.{own}"

    def holds(self, array: str, shape: Shape, *names: str, how: str = "as_is", suffix: str = "") -> None:
        """An array of the layer stands in those tensors of its module."""
        own = tuple(f"{self.module}{suffix}.{name}" for name in names)
        self.layout.append(Placed(f"{self.prefix}{array}", own, how, shape))

    def constant(self, name: str, value: Array, suffix: str = "") -> None:
        """A tensor of the layer's module that netviz does not have."""
        self.constants[f"{self.module}{suffix}.{name}"] = value

    def channels(self, first: bool, shape: Shape) -> None:
        """Let x have its channels first or last; shape: of a row, channels last."""
        if first != self.first and len(shape) > 1:
            if len(shape) == 2:
                self.put("x = x.transpose(1, 2)", f"channels {'first' if first else 'last'}")
            else:
                axes = [0, len(shape), *range(1, len(shape))] if first else [0, *range(2, len(shape) + 1), 1]
                self.put(f"x = x.permute({', '.join(map(str, axes))})", f"channels {'first' if first else 'last'}")
        self.first = first


Writer = Callable[[Any, Model, str, Shape], str]
_WRITERS: dict[str, Writer] = {}
_LAYOUTS: dict[str, bool | None] = {}  # which layers want channels first (True), last (False), or do not mind (None)


def writes(*kinds: str, first: bool | None = False) -> Callable[[Writer], Writer]:
    """Decorator: this function writes layers of those classes, as an expression of x, whose channels are where it wants."""

    def add(writer: Writer) -> Writer:
        _WRITERS.update(dict.fromkeys(kinds, writer))
        _LAYOUTS.update(dict.fromkeys(kinds, first))
        return writer

    return add


def unwritable(layer: Layer, shape: Shape) -> str:
    """The class of a layer, or of a layer inside it, that has no form in PyTorch; empty where all have."""
    if isinstance(layer, Residual):
        return next(filter(None, (unwritable(inner, shape) for inner in layer.layers)), "")
    if type(layer).__name__ == "BatchNormalization" and len(shape) > 4:
        return "BatchNormalization of more than four axes"
    parts = [type(part).__name__ for part in layer.stages()]
    return next((kind for kind in parts if kind not in _WRITERS), "")


def put_layer(layer: Layer, name: str, model: Model, shape: Shape, prefix: str) -> Shape:
    """Write x = layer(x); prefix: of netviz' names of its weights. Returns the shape of a row of the result."""
    out = layer.output_shape(shape)
    note = f"{told(name, 40)}: {' x '.join(map(str, out))}"
    if isinstance(layer, Residual):
        _residual(layer, name, model, shape, prefix)
        return out
    model.module, model.prefix = identifier(name, model.names), prefix
    x, inner = "x", shape
    for part in layer.stages():
        wanted = _wanted(part, inner)
        if wanted is not None and wanted != model.first and len(inner) > 1 and x != "x":
            model.put(f"x = {x}")
            x = "x"
        if wanted is not None:
            model.channels(wanted, inner)
        x = _WRITERS[type(part).__name__](part, model, x, inner)
        inner = part.output_shape(inner)
        model.masked = part.makes_mask or model.masked and part.passes_mask
        model.first = model.first and len(inner) > 1
    if x == "x":
        model.lines.append(f"        # {told(name, 40)}: netviz' training alone knows it, or nothing is to be computed")
    else:
        model.put(f"x = {x}", note)
    return out


def _wanted(layer: Layer, shape: Shape) -> bool | None:
    """Where the layer wants the channels: first (True), last (False); None where it does not mind."""
    kind = type(layer).__name__
    if kind == "BatchNormalization":
        last = row_axis(getattr(layer, "axis", -1), shape) == len(shape) - 1
        return last and len(shape) in (2, 3)
    if isinstance(getattr(layer, "activation", None), SoftmaxAlong):
        return False
    return _LAYOUTS[kind]


def _residual(block: Residual, name: str, model: Model, shape: Shape, prefix: str) -> None:
    around = f"shortcut_{model.depth}" if model.depth else "shortcut"
    model.put(f"{around} = x")
    model.depth += 1
    masked, first, inner = model.masked, model.first, shape
    for place, (layer, own) in enumerate(zip(block.layers, layer_names(block.layers), strict=True)):
        inner = put_layer(layer, f"{name}_{own}", model, inner, f"{prefix}{place}/")
    model.channels(first, shape)
    model.masked = masked and block.passes_mask
    model.depth -= 1
    model.put(f"x = {around} + x", f"{told(name, 40)}: {' x '.join(map(str, shape))}")


def identifier(name: str, taken: set[str]) -> str:
    """A name of Python for any text, none of those taken, to which it is added."""
    made = plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "layer"
    if plain[0].isdigit() or keyword.iskeyword(plain):
        made = plain = f"layer_{plain}"
    number = 0
    while {made, *_both(made)} & taken:
        number += 1
        made = f"{plain}_{number}"
    taken |= {made, *_both(made)}
    return made


def _both(name: str) -> tuple[str, str]:
    """The names of a layer's two modules where it reads both ways."""
    return f"{name}_forward", f"{name}_backward"
