"""Keras' own files: `.keras` with architecture, compile settings and the optimizer's memory; `.weights.h5`, weights alone;
and the older `.h5`, which is read.

`.keras` is a ZIP archive of config.json, metadata.json and model.weights.h5; netviz puts a description of its own beside them,
which Keras passes over. Source: https://keras.io/guides/serialization_and_saving
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netviz.archive import archive_bytes
from netviz.arrays import Array, Shape
from netviz.datasets import Scale
from netviz.engine.layers import Activation, Layer, LayerProblem
from netviz.engine.losses import Loss
from netviz.engine.optimizers import AVERAGE
from netviz.engine.schedules import Constant
from netviz.engine.surgery import Alter, Freeze, Surgery
from netviz.files import FileProblem, shown
from netviz.formats import consumer, hdf5
from netviz.formats.apart import Contents, read_apart
from netviz.formats.format import DESCRIPTION, Format, Outcome, Preview, formats
from netviz.formats.imported import LOGITS, Imported, LeftOut
from netviz.formats.keras import graph, objects, variables
from netviz.formats.keras.graph import Block, Drawing, Found
from netviz.formats.keras.layers import Unit, given, output_activation, refusal
from netviz.formats.keras.variables import Stored
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _
from netviz.strict_json import dump_json, parse_json

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_MOST_MEMBER = 2**31
_RATIO = 50
_SMALL = 64 * 1024 * 1024
_METADATA_TEXT = {"keras_version": "3.0.0", "date_saved": "1980-01-01@00:00:00"}  # equal models give equal bytes

_PREDICT = """
import os, sys
import importlib.util as found
os.environ.setdefault("KERAS_BACKEND", next(n for n in ("torch", "jax", "tensorflow") if found.find_spec(n)))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras, numpy
model = keras.models.load_model(sys.argv[3])
rows = numpy.load(sys.argv[1])
numpy.save(sys.argv[2], numpy.asarray(model.predict(rows, verbose=0, batch_size=256)))
print("Keras", keras.__version__)
"""


def drawn(trained: Trained) -> Drawing:
    """The model that takes features in their own units and gives predictions in theirs."""
    drawing, shape = Drawing(), trained.samples.row_shape
    scale = trained.samples.feature_scale
    if scale is not None:
        drawing.unit(_normalization(scale, shape), shape)
    still = _still(trained.experiment.surgery)
    for place, (layer, name) in enumerate(zip(trained.experiment.layers, trained.names, strict=True)):
        before = len(drawing.nodes)
        shape = drawing.layer(layer, name, shape)
        for node in drawing.nodes[before:] if place in still else ():
            if node.weights:
                node.unit.config["trainable"] = False
    back = trained.samples.target_scale
    if back is not None:
        config = {"scale": back.deviation.tolist(), "offset": back.mean.tolist()}
        drawing.unit(Unit("Rescaling", "target_scale", config), shape)
    return drawing


def _still(surgery: tuple[Surgery, ...]) -> set[int]:
    """The places of the layers that are held still as a whole, Keras' trainable=False."""
    return {part.layer for part in surgery if isinstance(part, Freeze) and not part.name and not part.index}


def _normalization(scale: Scale, shape: Shape) -> Unit:
    """(x − mean)/√variance with a number for each feature."""
    axes = list(range(1, len(shape) + 1))
    mean = np.broadcast_to(scale.mean, shape)
    variance = np.broadcast_to(np.square(scale.deviation), shape)
    # Keras takes what it is given for the axes that are kept, all of them here.
    return Unit("Normalization", "feature_scale", {"axis": axes, "mean": mean.tolist(), "variance": variance.tolist()})


class KerasFile(Format):
    """What the two kinds of file share."""

    in_units = True
    tolerance = 1e-5

    def refusal(self, trained: Trained) -> str:
        for layer, name in zip(trained.experiment.layers, trained.names, strict=True):
            if why := refusal(layer, name):
                return why
        if any(isinstance(part, Alter) for part in trained.experiment.surgery):
            return _("units are muted or altered by hand, which Keras has not; take that back first.")
        return ""

    def _stored(self, trained: Trained, drawing: Drawing) -> bytes:
        arrays, names, made = variables.written(drawing, trained.arrays)
        experiment = trained.experiment
        if variables.holds_slots(experiment.optimizer):
            slots = {name: trained.named(slot) for name, slot in trained.slots.items()} or _fresh(trained)
            scheduled = not isinstance(experiment.schedule, Constant) and not objects.lost_schedule(experiment.schedule)
            weights = _trainable(trained)
            arrays |= variables.optimizer_written(experiment.optimizer, scheduled, trained.updates, slots, weights)
            names[f"{variables.OPTIMIZER}@name"] = type(experiment.optimizer).__name__.lower()
        return hdf5.written(arrays, names, made)


def _fresh(trained: Trained) -> dict[str, dict[str, Array]]:
    """The slots of an optimizer that has made no update."""
    optimizer = trained.experiment.optimizer
    slots = {n: {k: np.full_like(a, optimizer.first(n)) for k, a in trained.arrays.items()} for n in optimizer.slot_names}
    return slots | ({AVERAGE: dict(trained.arrays)} if optimizer.use_ema else {})


def _trainable(trained: Trained) -> list[str]:
    """The names of the weights that Keras' optimizer changes, in its order."""
    windows, still = zip(trained.params.windows, trained.arrays, strict=True), _still(trained.experiment.surgery)
    return [name for window, name in windows if window.trainable and window.path[0] not in still]


@formats.register("keras", title=N_("Keras model"))
class Keras(KerasFile):
    """`keras.models.load_model("model.keras")` in every Keras 3; fit goes on where netviz stopped."""

    suffixes = (".keras",)

    def recognises(self, data: bytes) -> bool:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return _CONFIG in archive.namelist()
        except _BROKEN:
            return False

    def describe(self, trained: Trained, name: str) -> Preview:
        along = [_("loss, optimizer and metrics"), _("provenance")]
        along += [_("scales of the data, as layers")] if trained.samples.feature_scale or trained.samples.target_scale else []
        experiment = trained.experiment
        left: list[str] = []
        kept = variables.holds_slots(experiment.optimizer)
        (along if kept else left).append(_("the optimizer's memory"))
        if objects.optimizer(experiment.optimizer, experiment.schedule) is None:
            left.append(_("the optimizer, which Keras has not"))
        if objects.lost_schedule(experiment.schedule):
            left.append(_("the schedule of the learning rate, which Keras has not"))
        if any(isinstance(part, Freeze) and (part.name or part.index) for part in experiment.surgery):
            left.append(_("single weights that are held still; Keras can hold whole layers"))
        if experiment.class_weight:
            left.append(_("class weights, which are an argument of fit"))
        if any(True for layer in experiment.layers for _field in given(layer)):
            left.append(_("first weights that were given by hand"))
        what = _("{n} layers with their weights").format(n=len(experiment.layers))
        return Preview(((name, what),), tuple(along), tuple(left))

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        drawing, experiment = drawn(trained), trained.experiment
        config = graph.config(drawing, trained.samples.row_shape, experiment.dtype)
        optimizer = objects.optimizer(experiment.optimizer, experiment.schedule)
        if optimizer is not None:
            settings = {"optimizer": optimizer, "loss": objects.loss(experiment.loss, trained.from_logits)}
            config["compile_config"] = settings | {"metrics": objects.metrics(experiment.metrics)}
        members = {
            _METADATA: dump_json(_METADATA_TEXT), _CONFIG: dump_json(config),
            _WEIGHTS: self._stored(trained, drawing), DESCRIPTION: trained.described().encode(),
        }  # fmt: skip
        return {name: archive_bytes(members)}

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        if consumer.installed("keras"):
            found = consumer.predicted(_PREDICT.replace("sys.argv[3]", repr(str(path))), _inputs(rows, trained), path.parent)
            if found is not None:
                return Outcome(found[0], found[1])
        imported = _network(_members(path.read_bytes(), shown(path)), shown(path), hdf5.contents)
        return Outcome(imported.predictions(rows.units, trained.experiment.dtype), _("netviz' own reader"))

    def read_back(self, trained: Trained, path: Path) -> Weights:
        members = _members(path.read_bytes(), shown(path))
        return _read_back(trained, members[_WEIGHTS], shown(path))

    def read(self, data: bytes, name: str) -> Weights:
        members = _members(data, name)
        found = _network(members, name)
        return Weights(found.arrays, members.get(DESCRIPTION, b"").decode("utf-8", "replace"))

    def read_network(self, data: bytes, name: str) -> Imported:
        return _network(_members(data, name), name)


@formats.register("keras_weights", title=N_("Keras weights"))
class KerasWeights(KerasFile):
    """`model.load_weights("model.weights.h5")` for a model of the same layers, which a file of this kind does not hold."""

    suffixes = (".weights.h5", ".h5", ".hdf5")

    def recognises(self, data: bytes) -> bool:
        return data.startswith(hdf5.SIGNATURE)

    def describe(self, trained: Trained, name: str) -> Preview:
        what = _("{n} arrays under the names of the layers' classes").format(n=len(trained.arrays))
        return Preview(((name, what),), (_("the optimizer's memory"),), (_("the layers themselves"), _("provenance")))

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        if not name.lower().endswith(".weights.h5"):
            sentence = _("Keras takes weights only from a name that ends in .weights.h5; call the file so.")
            raise FileProblem(sentence)
        return {name: self._stored(trained, drawn(trained))}

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        found = self.read_back(trained, path).arrays
        return Outcome(trained.samples.in_units(trained.predictions(found, rows.x)), _("netviz' own reader"))

    def read_back(self, trained: Trained, path: Path) -> Weights:
        return _read_back(trained, path.read_bytes(), shown(path))

    def read(self, data: bytes, name: str) -> Weights:
        """The arrays under the file's own paths, for it does not say which layers they belong to."""
        stored = Stored(*_apart(data, name))
        if "@model_config" in stored.texts:
            return Weights(_older(stored, name).arrays)
        skipped = ("optimizer/", "optimizer_weights/")
        return Weights({path: array for path, array in stored.arrays.items() if not path.startswith(skipped)})

    def read_network(self, data: bytes, name: str) -> Imported:
        stored = Stored(*_apart(data, name))
        if "@model_config" not in stored.texts:
            return super().read_network(data, name)
        return _older(stored, name)


def _read_back(trained: Trained, data: bytes, name: str) -> Weights:
    """The arrays of a file that netviz has just written for this network, under netviz' names."""
    stored = Stored(*hdf5.contents(data, name))
    drawing = drawn(trained)
    places, _names, _groups = variables.written(drawing, trained.arrays)
    weights = [weight for node in drawing.nodes for weight in node.weights]
    return Weights({w: stored.arrays[place] for place, w in zip(places, weights, strict=True) if place in stored.arrays})


def _inputs(rows: Rows, trained: Trained) -> Array:
    return rows.units.astype(trained.experiment.dtype)


# -------------------------------------------------------------------------------------------------------------- reading

_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError),
    *(RuntimeError, OverflowError, MemoryError, KeyError, IndexError, AttributeError, TypeError),
)


def _members(data: bytes, name: str) -> dict[str, bytes]:
    """The members that matter, judged by the archive's directory before anything is unpacked."""
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if entry.filename not in (_CONFIG, _METADATA, _WEIGHTS, DESCRIPTION) or entry.filename in found:
                    continue
                if entry.file_size > min(_MOST_MEMBER, max(_SMALL, _RATIO * len(data))):
                    sentence = _("{name}: {member} would unpack to far more than the file holds; that is not opened.")
                    raise FileProblem(sentence.format(name=name, member=entry.filename))
                found[entry.filename] = archive.read(entry)
    except _BROKEN as problem:
        sentence = _("{name} is not a complete .keras archive; it is damaged or was cut off ({why}).")
        raise FileProblem(sentence.format(name=name, why=shown(str(problem) or type(problem).__name__))) from None
    for member in (_CONFIG, _WEIGHTS):
        if member not in found:
            sentence = _("{name} has no {member}; it is not a model of Keras 3, or it was cut off.")
            raise FileProblem(sentence.format(name=name, member=member))
    return found


def _apart(data: bytes, name: str) -> Contents:
    return read_apart(hdf5.READER, data, name)


def _network(
    members: Mapping[str, bytes], name: str, contents: Callable[[bytes, str], Contents] = _apart
) -> Imported:  # fmt: skip
    config = parse_json(members[_CONFIG], f"config.json of {name}")
    if not isinstance(config, dict):
        raise FileProblem(_("{name} is damaged: its configuration is not a model's.").format(name=name))
    stored = Stored(*contents(members[_WEIGHTS], name))
    described = _described(members.get(DESCRIPTION), name)
    metadata = parse_json(members.get(_METADATA, b"{}"), f"metadata.json of {name}")
    version = metadata.get("keras_version", "") if isinstance(metadata, dict) else ""
    return _imported(config, config.get("compile_config") or {}, stored, name, described, str(version))


def _described(text: bytes | None, name: str) -> Mapping[str, Any]:
    found = parse_json(text, f"{DESCRIPTION} of {name}") if text else {}
    return found if isinstance(found, dict) else {}


def _older(stored: Stored, name: str) -> Imported:
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
    settings = objects.compiled(compiled, left.append)
    layers = graph.layers_of(chain, left.append, name)
    if shape is None:
        raise FileProblem(_("{name} does not say what a row of its input looks like; build the model once.").format(name=name))
    arrays = _arrays(stored, flat, chain, layers, shape, name)
    logits = objects.from_logits(compiled) and isinstance(settings.get("loss"), Loss)
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
    trainable = Imported(layers, shape, settings).trainable_names(_still(settings.get("surgery", ())))
    shapes = {key: array.shape for key, array in arrays.items()}
    scheduled = not isinstance(settings.get("schedule", Constant()), Constant)
    found = variables.optimizer_read(stored, optimizer, scheduled, trainable, shapes)
    if found is None:
        left.append(LeftOut(_("the optimizer's memory"), "optimizer", _("it does not have the form that netviz knows")))
        return {}, 0
    return found[1], found[0]
