"""Keras' own files: `.keras` with architecture, compile settings and the optimizer's memory; `.weights.h5`, of which Keras
takes the weights; and the older `.h5`, which is read.

`.keras` is a ZIP archive of config.json, metadata.json and model.weights.h5; netviz puts a description of its own beside them,
which Keras passes over. Source: https://keras.io/guides/serialization_and_saving
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from netviz.archive import archive_bytes
from netviz.arrays import Array, FrozenMap, Shape
from netviz.datasets import Scale
from netviz.engine.optimizers import AVERAGE
from netviz.engine.schedules import Constant
from netviz.engine.surgery import Alter, Freeze
from netviz.files import FileProblem, shown
from netviz.formats import consumer, hdf5
from netviz.formats.format import DESCRIPTION, Format, Outcome, Preview, formats
from netviz.formats.imported import Imported
from netviz.formats.keras import graph, objects, reading, variables
from netviz.formats.keras.graph import Drawing
from netviz.formats.keras.layers import Unit, given, refusal, still
from netviz.formats.keras.variables import Stored
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _
from netviz.strict_json import dump_json

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
    places = still(trained.experiment.surgery)
    for place, (layer, name) in enumerate(zip(trained.experiment.layers, trained.names, strict=True)):
        before = len(drawing.nodes)
        shape = drawing.layer(layer, name, shape)
        for node in drawing.nodes[before:] if place in places else ():
            if node.weights:
                node.unit.config["trainable"] = False
    back = trained.samples.target_scale
    if back is not None:
        config = {"scale": back.deviation.tolist(), "offset": back.mean.tolist()}
        drawing.unit(Unit("Rescaling", "target_scale", config), shape)
    return drawing


def _normalization(scale: Scale, shape: Shape) -> Unit:
    """(x − mean)/√variance with a number for each feature."""
    axes = list(range(1, len(shape) + 1))
    mean = np.broadcast_to(scale.mean, shape)
    variance = np.broadcast_to(np.square(scale.deviation), shape)
    # Keras takes what it is given for the axes that are kept, all of them here.
    return Unit("Normalization", "feature_scale", {"axis": axes, "mean": mean.tolist(), "variance": variance.tolist()})


class KerasFile(Format):
    """What the two kinds of file share."""

    flavour = "keras"
    in_units = True
    tolerance = 1e-5

    def refusal(self, trained: Trained) -> str:
        for layer, name in zip(trained.experiment.layers, trained.names, strict=True):
            if why := refusal(layer, name):
                return why
        if any(isinstance(part, Alter) for part in trained.experiment.surgery):
            return _("units are muted or altered by hand, which Keras has not; take that back first.")
        return ""

    def _stored(
        self, trained: Trained, drawing: Drawing, texts: Mapping[str, bytes] = FrozenMap({}),
        more: Mapping[str, str] = FrozenMap({}),
    ) -> bytes:  # fmt: skip
        """The weights and what the optimizer remembers; texts: by path; more: short texts by "group@name"."""
        arrays, names, made = variables.written(drawing, trained.arrays)
        names |= more
        # An attribute holds 64 KiB at most, so the texts are arrays of bytes.
        arrays |= {place: np.frombuffer(text, np.uint8) for place, text in texts.items()}
        experiment = trained.experiment
        if variables.holds_slots(experiment.optimizer):
            slots = {name: trained.named(slot) for name, slot in trained.slots.items()} or _fresh(trained)
            scheduled = not isinstance(experiment.schedule, Constant) and not objects.lost_schedule(experiment.schedule)
            weights = _trainable(trained)
            arrays |= variables.optimizer_written(experiment.optimizer, scheduled, trained.updates, slots, weights)
            names[f"{variables.OPTIMIZER}@name"] = type(experiment.optimizer).__name__.lower()
        return hdf5.written(arrays, names, made)


def configured(trained: Trained, drawing: Drawing) -> bytes:
    """A model's config.json: its architecture, and how it is compiled."""
    experiment = trained.experiment
    config = graph.config(drawing, trained.samples.row_shape, experiment.dtype)
    optimizer = objects.optimizer(experiment.optimizer, experiment.schedule)
    if optimizer is not None:
        settings = {"optimizer": optimizer, "loss": objects.loss(experiment.loss, trained.from_logits)}
        config["compile_config"] = settings | {"metrics": objects.metrics(experiment.metrics)}
    return dump_json(config)


def beside_weights(trained: Trained, drawing: Drawing) -> dict[str, bytes]:
    """What netviz puts into a file of weights, by path, so that it says which network they are of; Keras passes over it."""
    return {reading.BESIDE_CONFIG: configured(trained, drawing), reading.BESIDE_DESCRIPTION: trained.described().encode()}


def _fresh(trained: Trained) -> dict[str, dict[str, Array]]:
    """The slots of an optimizer that has made no update."""
    optimizer = trained.experiment.optimizer
    slots = {n: {k: np.full_like(a, optimizer.first(n)) for k, a in trained.arrays.items()} for n in optimizer.slot_names}
    return slots | ({AVERAGE: dict(trained.arrays)} if optimizer.use_ema else {})


def _trainable(trained: Trained) -> list[str]:
    """The names of the weights that Keras' optimizer changes, in its order."""
    windows, places = zip(trained.params.windows, trained.arrays, strict=True), still(trained.experiment.surgery)
    return [name for window, name in windows if window.trainable and window.path[0] not in places]


@formats.register("keras", title=N_("Keras model"))
class Keras(KerasFile):
    """`keras.models.load_model("model.keras")` in every Keras 3; fit goes on where netviz stopped."""

    suffixes = (".keras",)

    def recognises(self, data: bytes) -> bool:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return reading.CONFIG in archive.namelist()
        except reading.BROKEN:
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
        drawing = drawn(trained)
        members = {
            reading.METADATA: dump_json(_METADATA_TEXT), reading.CONFIG: configured(trained, drawing),
            reading.WEIGHTS: self._stored(trained, drawing), DESCRIPTION: trained.described().encode(),
        }  # fmt: skip
        return {name: archive_bytes(members)}

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        if consumer.installed("keras"):
            found = consumer.predicted(_PREDICT.replace("sys.argv[3]", repr(str(path))), _inputs(rows, trained), path.parent)
            if found is not None:
                return Outcome(found[0], found[1])
        imported = reading.network_of(reading.members_of(path.read_bytes(), shown(path)), shown(path), hdf5.contents)
        return Outcome(imported.predictions(rows.units, trained.experiment.dtype), _("netviz' own reader"))

    def read_back(self, trained: Trained, path: Path) -> Weights:
        members = reading.members_of(path.read_bytes(), shown(path))
        return read_back(trained, members[reading.WEIGHTS], shown(path))

    def read(self, data: bytes, name: str) -> Weights:
        members = reading.members_of(data, name)
        found = reading.network_of(members, name)
        return Weights(found.arrays, members.get(DESCRIPTION, b"").decode("utf-8", "replace"))

    def read_network(self, data: bytes, name: str, folder: Path | None = None) -> Imported:
        return reading.network_of(reading.members_of(data, name), name)


@formats.register("keras_weights", title=N_("Keras weights"))
class KerasWeights(KerasFile):
    """`model.load_weights("model.weights.h5")` for a model of the same layers; netviz knows its own files' layers again."""

    suffixes = (".weights.h5", ".h5", ".hdf5")

    def recognises(self, data: bytes) -> bool:
        return data.startswith(hdf5.SIGNATURE)

    def describe(self, trained: Trained, name: str) -> Preview:
        what = _("{n} arrays under the names of the layers' classes").format(n=len(trained.arrays))
        along = [_("scales of the data"), _("provenance")]
        kept = variables.holds_slots(trained.experiment.optimizer)
        along += [_("the optimizer's memory")] if kept else []
        left = (_("the layers themselves, for Keras"), *(() if kept else (_("the optimizer's memory"),)))
        return Preview(((name, what),), tuple(along), left)

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        if not name.lower().endswith(".weights.h5"):
            sentence = _("Keras takes weights only from a name that ends in .weights.h5; call the file so.")
            raise FileProblem(sentence)
        drawing = drawn(trained)
        return {name: self._stored(trained, drawing, beside_weights(trained, drawing))}

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        found = self.read_back(trained, path).arrays
        return Outcome(trained.samples.in_units(trained.predictions(found, rows.x)), _("netviz' own reader"))

    def read_back(self, trained: Trained, path: Path) -> Weights:
        return read_back(trained, path.read_bytes(), shown(path))

    def read(self, data: bytes, name: str) -> Weights:
        """The arrays under the file's own paths, where it does not say which layers they belong to."""
        stored = Stored(*reading.contents_apart(data, name))
        found = reading.network_beside(stored, name)
        if found is not None:
            return Weights(found.arrays, reading.text_beside(stored, reading.BESIDE_DESCRIPTION))
        skipped = ("optimizer/", "optimizer_weights/", "netviz/")
        return Weights({path: array for path, array in stored.arrays.items() if not path.startswith(skipped)})

    def read_network(self, data: bytes, name: str, folder: Path | None = None) -> Imported:
        stored = Stored(*reading.contents_apart(data, name))
        return reading.older_of(stored, name) if reading.is_older(stored) else super().read_network(data, name)

    def described_network(self, data: bytes, name: str, folder: Path) -> Imported | None:
        return reading.network_beside(Stored(*reading.contents_apart(data, name)), name)


def read_back(trained: Trained, data: bytes, name: str) -> Weights:
    """The arrays of a file that netviz has just written for this network, under netviz' names."""
    stored = Stored(*hdf5.contents(data, name))
    drawing = drawn(trained)
    places, _names, _groups = variables.written(drawing, trained.arrays)
    weights = [weight for node in drawing.nodes for weight in node.weights]
    return Weights({w: stored.arrays[place] for place, w in zip(places, weights, strict=True) if place in stored.arrays})


def _inputs(rows: Rows, trained: Trained) -> Array:
    return rows.units.astype(trained.experiment.dtype)
