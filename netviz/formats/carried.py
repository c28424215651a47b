"""What a file of another program holds, as plain arrays and texts: so it comes out of the process in which it was read.

That process is not trusted with what it gives back: every value is checked again as it would be in a project file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netviz import codec
from netviz.arrays import Array
from netviz.codec import InvalidValue, fields_of
from netviz.datasets import Scale
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Layer
from netviz.files import FileProblem, shown
from netviz.formats.apart import Child, Contents
from netviz.formats.format import NoNetwork
from netviz.formats.imported import Imported, LeftOut
from netviz.formats.proof import by_content
from netviz.formats.weights import Weights
from netviz.i18n import _
from netviz.strict_json import dump_json, parse_json

Found = Imported | Weights
_NETWORK, _WEIGHTS = "network.json", "weights.json"


def begin(child: Child, path: Path, weights: bool = False) -> None:
    """Have a child read a file; `found` makes of its answer what the file holds. weights: its arrays alone."""
    reader = f"netviz.formats.carried:{'weights_in' if weights else 'all_in'}"
    child.begin(reader, path, str(path))


def all_in(data: bytes, path: str) -> Contents:
    """The reader: a file's network, or its arrays where it has none."""
    form, folder = by_content(path, data), Path(path).resolve().parent
    try:
        return packed(form.read_network(data, shown(path), folder))
    except NoNetwork:
        return packed(form.read_beside(data, shown(path), folder))


def weights_in(data: bytes, path: str) -> Contents:
    """The reader of a file's arrays, whatever else it holds."""
    return packed(by_content(path, data).read_beside(data, shown(path), Path(path).resolve().parent))


# ------------------------------------------------------------------------------------------------------ there and back


def packed(found: Found) -> Contents:
    """As arrays and texts."""
    if isinstance(found, Weights):
        return _under("weights", found.arrays), {_WEIGHTS: found.description}
    arrays, attached = _under("weights", found.arrays), dict[str, Array]()
    for slot, held in found.slots.items():
        arrays |= _under(f"slots/{slot}", held)
    for name in ("feature_scale", "target_scale"):
        scale: Scale | None = getattr(found, name)
        if scale is not None:
            arrays |= {f"{name}/mean": scale.mean, f"{name}/deviation": scale.deviation}
    described = {
        "layers": codec.encode(found.layers, attached, "layers"),
        "input_shape": None if found.input_shape is None else list(found.input_shape),
        "settings": {name: codec.encode(value, attached, name) for name, value in found.settings.items()},
        "slots": list(found.slots),
        "updates": found.updates,
        "from_logits": found.from_logits,
        "left_out": [[part.what, part.where, part.why] for part in found.left_out],
        "origin": dict(found.origin),
    }
    return arrays | _under("attached", attached), {_NETWORK: dump_json(described).decode()}


def found(contents: Contents, name: str) -> Found:
    """The network or the arrays again; FileProblem names the file where they make no sense."""
    arrays, texts = contents
    if _WEIGHTS in texts:
        return Weights(_below("weights", arrays), texts[_WEIGHTS])
    described = parse_json(texts.get(_NETWORK, ""), name)
    try:
        return _network(described, arrays)
    except (InvalidValue, KeyError, TypeError, ValueError) as problem:
        sentence = _("{name} holds a network that cannot be: {why}")
        raise FileProblem(sentence.format(name=name, why=" ".join(str(problem).split())[:300])) from None


def _network(described: Mapping[str, Any], arrays: Mapping[str, Array]) -> Imported:
    attached = _below("attached", arrays)
    kinds, listed = fields_of(Experiment), described["input_shape"]
    layers: Any = tuple[Layer, ...]
    shape: Any = tuple[int, ...]
    return Imported(
        codec.decode(layers, described["layers"], attached, "layers"),
        None if listed is None else codec.decode(shape, listed, {}, "input_shape"),
        {name: codec.decode(kinds[name], plain, attached, name) for name, plain in described["settings"].items()},
        _below("weights", arrays),
        {slot: _below(f"slots/{slot}", arrays) for slot in described["slots"]},
        codec.decode(int, described["updates"], {}, "updates"),
        _scale("feature_scale", arrays), _scale("target_scale", arrays),
        codec.decode(bool, described["from_logits"], {}, "from_logits"),
        tuple(LeftOut(*map(str, part)) for part in described["left_out"]),
        dict(described["origin"]),
    )  # fmt: skip


def _scale(name: str, arrays: Mapping[str, Array]) -> Scale | None:
    mean, deviation = arrays.get(f"{name}/mean"), arrays.get(f"{name}/deviation")
    return None if mean is None or deviation is None else Scale(np.array(mean), np.array(deviation))


def _under(head: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {f"{head}/{name}": array for name, array in arrays.items()}


def _below(head: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name[len(head) + 1 :]: array for name, array in arrays.items() if name.startswith(f"{head}/")}
