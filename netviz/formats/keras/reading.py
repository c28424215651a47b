"""What Keras' files hold, as a network of netviz'.

The archive's directory is judged before anything is unpacked, and HDF5 is read in a process apart.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from netviz.archive import refuse_elsewhere
from netviz.arrays import Array, Shape
from netviz.datasets import Scale
from netviz.engine.layers import Activation, Layer, LayerProblem
from netviz.engine.losses import Loss
from netviz.engine.schedules import Constant
from netviz.engine.surgery import Freeze, Surgery
from netviz.files import FileProblem, shown
from netviz.formats import hdf5
from netviz.formats.apart import Contents, read_apart
from netviz.formats.format import DESCRIPTION
from netviz.formats.imported import LOGITS, Imported, LeftOut
from netviz.formats.keras import compiling, graph, variables
from netviz.formats.keras.graph import Block, Found
from netviz.formats.keras.layers import output_activation, still
from netviz.formats.keras.variables import Stored
from netviz.i18n import _
from netviz.strict_json import parse_json

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
BESIDE_CONFIG, BESIDE_DESCRIPTION = f"netviz/{CONFIG}", f"netviz/{DESCRIPTION}"  # in a file of weights
_MOST_MEMBER = 2**31
_RATIO = 50
_SMALL = 16 * 1024 * 1024
BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError),
    *(RuntimeError, OverflowError, MemoryError, KeyError, IndexError, AttributeError, TypeError),
)


def members_of(data: bytes, name: str) -> dict[str, bytes]:
    """The members that matter, judged by the archive's directory before anything is unpacked."""
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            refuse_elsewhere(archive.infolist(), name)
            for entry in archive.infolist():
                if entry.filename not in (CONFIG, METADATA, WEIGHTS, DESCRIPTION) or entry.filename in found:
                    continue
                if entry.file_size > min(_MOST_MEMBER, max(_SMALL, _RATIO * len(data))):
                    sentence = _("{name}: {member} would unpack to far more than the file holds; that is not opened.")
                    raise FileProblem(sentence.format(name=name, member=entry.filename))
                found[entry.filename] = archive.read(entry)
    except BROKEN as problem:
        sentence = _("{name} is not a complete .keras archive; it is damaged or was cut off ({why}).")
        raise FileProblem(sentence.format(name=name, why=shown(str(problem) or type(problem).__name__))) from None
    for member in (CONFIG, WEIGHTS):
        if member not in found:
            sentence = _("{name} has no {member}; it is not a model of Keras 3, or it was cut off.")
            raise FileProblem(sentence.format(name=name, member=member))
    return found


def contents_apart(data: bytes, name: str) -> Contents:
    return read_apart(hdf5.READER, data, name)


def network_of(
    members: Mapping[str, bytes], name: str, contents: Callable[[bytes, str], Contents] = contents_apart
) -> Imported:  # fmt: skip
    config = _config(members[CONFIG], name)
    stored = Stored(*contents(members[WEIGHTS], name))
    described = _described(members.get(DESCRIPTION), name)
    metadata = parse_json(members.get(METADATA, b"{}"), f"metadata.json of {name}")
    version = metadata.get("keras_version", "") if isinstance(metadata, dict) else ""
    return _imported(config, config.get("compile_config") or {}, stored, name, described, str(version))


def network_beside(stored: Stored, name: str) -> Imported | None:
    """The network that a file of weights holds beside them, as Keras did before `.keras` and netviz does; None without one."""
    if is_older(stored):
        return older_of(stored, name)
    text = text_beside(stored, BESIDE_CONFIG)
    if not text:
        return None
    config = _config(text.encode(), name)
    described = _described(text_beside(stored, BESIDE_DESCRIPTION).encode(), name)
    return _imported(config, config.get("compile_config") or {}, stored, name, described, "")


def text_beside(stored: Stored, path: str) -> str:
    """A text that stands among arrays as its bytes; empty where there is none."""
    found = stored.arrays.get(path)
    return found.tobytes().decode("utf-8", "replace") if found is not None and found.dtype == np.uint8 else ""


def _config(text: bytes, name: str) -> Mapping[str, Any]:
    config = parse_json(text, f"config.json of {name}")
    if not isinstance(config, dict):
        raise FileProblem(_("{name} is damaged: its configuration is not a model's.").format(name=name))
    return config


def _described(text: bytes | None, name: str) -> Mapping[str, Any]:
    found = parse_json(text, f"{DESCRIPTION} of {name}") if text else {}
    return found if isinstance(found, dict) else {}


def is_older(stored: Stored) -> bool:
    """Whether a file is a whole model in Keras' older form."""
    return "@model_config" in stored.texts


def older_of(stored: Stored, name: str) -> Imported:
    """A whole model as Keras wrote it before `.keras`, and still does for `.h5`."""
    config = parse_json(stored.texts["@model_config"], f"model_config of {name}")
    training = stored.texts.get("@training_config")
    compiled = parse_json(training, f"training_config of {name}") if training else {}
    if isinstance(compiled, dict) and "optimizer_config" in compiled:
        compiled = {**compiled, "optimizer": compiled["optimizer_config"]}
    if not isinstance(config, dict) or not isinstance(compiled, dict):
        raise FileProblem(_("{name} is damaged: its configuration is not a model's.").format(name=name))
    return _imported(config, compiled, stored, name, {}, stored.texts.get("@keras_version", ""))


def _imported(
    config: Mapping[str, Any], compiled: Mapping[str, Any], stored: Stored, name: str, described: Mapping[str, Any],
    version: str,
) -> Imported:  # fmt: skip
    left: list[LeftOut] = []
    flat, chain, shape = graph.read(config, name)
    feature_scale, chain = _front(chain, stored, flat)
    target_scale, chain = _back(chain, described)
    settings = compiling.compiled(compiled, left.append)
    layers = graph.layers_of(chain, left.append, name)
    if shape is None:
        raise FileProblem(_("{name} does not say what a row of its input looks like; build the model once.").format(name=name))
    arrays = _arrays(stored, flat, chain, layers, shape, name)
    logits = compiling.from_logits(compiled) and isinstance(settings.get("loss"), Loss)
    if logits:
        layers = (*layers, Activation(output_activation(settings["loss"])))
        left.append(LeftOut(LOGITS, "loss", _("the activation that it stands for is a layer of its own here")))
    if frozen := _frozen(chain):
        settings["surgery"] = frozen
    slots, updates = _memory(stored, settings, layers, shape, arrays, left)
    return Imported(
        layers, shape, settings, arrays, slots, updates, feature_scale, target_scale, logits, tuple(left),
        {"keras_version": version} | dict(described.get("provenance", {})),
    )  # fmt: skip


def _arrays(
    stored: Stored, flat: list[Found], chain: list[Found | Block], layers: tuple[Layer, ...], shape: Shape, name: str
) -> dict[str, Array]:
    try:
        return variables.read(stored, flat, chain, layers, shape, name)
    except LayerProblem as problem:
        raise FileProblem(_("{name}: {problem}").format(name=name, problem=problem)) from None


def _front(chain: list[Found | Block], stored: Stored, flat: list[Found]) -> tuple[Scale | None, list[Found | Block]]:
    """The scale of the features that a first Normalization stands for, and the chain without it."""
    if not chain or not isinstance(chain[0], Found) or chain[0].class_name != "Normalization":
        return None, chain
    first = chain[0]
    mean, variance = first.config.get("mean"), first.config.get("variance")
    if mean is None or variance is None:
        names = zip(flat, variables.groups(each.class_name for each in flat), strict=True)
        group = next(group for each, group in names if each is first)
        found = stored.numbered(group, ("vars/0", "vars/1"))
        if found is None:
            return None, chain
        mean, variance = found
    try:
        mean, variance = np.squeeze(np.array(mean, np.float64)), np.squeeze(np.array(variance, np.float64))
    except (TypeError, ValueError):
        return None, chain
    mean, variance = np.atleast_1d(mean), np.atleast_1d(variance)
    if mean.shape != variance.shape or not (np.isfinite(mean).all() and (variance >= 0).all()):
        return None, chain
    return Scale(mean, np.maximum(np.sqrt(variance), 1e-7)), chain[1:]


def _back(chain: list[Found | Block], described: Mapping[str, Any]) -> tuple[Scale | None, list[Found | Block]]:
    """The scale of the targets that netviz has written as a last Rescaling, and the chain without it."""
    last = chain[-1] if chain else None
    if not isinstance(last, Found) or last.class_name != "Rescaling" or not described.get("target_scale"):
        return None, chain
    deviation, mean = (np.atleast_1d(np.array(last.config.get(key), np.float64)) for key in ("scale", "offset"))
    return Scale(mean, deviation), chain[:-1]


def _frozen(chain: list[Found | Block]) -> tuple[Surgery, ...]:
    """Layers that shall not be trained are held still by hand."""
    return tuple(
        Freeze(place) for place, part in enumerate(chain)
        if isinstance(part, Found) and part.config.get("trainable") is False
    )  # fmt: skip


def _memory(
    stored: Stored, settings: Mapping[str, Any], layers: tuple[Layer, ...], shape: Shape,
    arrays: Mapping[str, Array], left: list[LeftOut],
) -> tuple[dict[str, dict[str, Array]], int]:  # fmt: skip
    """The optimizer's slots by name, and how many updates they have seen; reported where they cannot be had."""
    optimizer = settings.get("optimizer")
    if optimizer is None or not any(path.startswith(f"{variables.OPTIMIZER}/") for path in stored.arrays):
        return {}, 0
    trainable = Imported(layers, shape, settings).trainable_names(still(settings.get("surgery", ())))
    shapes = {key: array.shape for key, array in arrays.items()}
    scheduled = not isinstance(settings.get("schedule", Constant()), Constant)
    found = variables.optimizer_read(stored, optimizer, scheduled, trainable, shapes)
    if found is None:
        left.append(LeftOut(_("the optimizer's memory"), "optimizer", _("it does not have the form that netviz knows")))
        return {}, 0
    return found[1], found[0]
