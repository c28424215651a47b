"""A network as a Keras script: the model built layer by layer, compiled and fitted with the numbers of the training.

Its weights, and what the optimizer remembers, are in a .weights.h5 beside it; scales of the data are layers of the model.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from netviz.codec import fields_of
from netviz.engine.schedules import ReduceOnPlateau
from netviz.files import FileProblem, read_limited, shown
from netviz.formats import consumer
from netviz.formats.format import MOST_BYTES, Outcome, Preview, formats
from netviz.formats.imported import Imported, LeftOut
from netviz.formats.keras import objects, reading, variables
from netviz.formats.keras.graph import MERGE, Drawing, Node
from netviz.formats.keras.layers import ATTENTION
from netviz.formats.keras.model import KerasFile, beside_weights, drawn, read_back
from netviz.formats.keras.variables import Stored
from netviz.formats.keras_script.file import KerasScript
from netviz.formats.programs import beside, facts, literals
from netviz.formats.programs.keras_code import Constant, call, code
from netviz.formats.programs.numpy_program import names_of
from netviz.formats.programs.pieces import python_pieces, refuse_broken
from netviz.formats.programs.python_lines import Lines, literal
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _

_EXPORT, _INPUT = "netviz.export", "input_layer"
_FIRST = "A neural network trained by netviz, in Keras; its weights are in {file} beside this file."

_START = """
import os
import importlib.util as found
os.environ.setdefault("KERAS_BACKEND", next(n for n in ("torch", "jax", "tensorflow") if found.find_spec(n)))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
"""
_PREDICT = """
import runpy, sys, numpy
model = runpy.run_path(PATH)["load"]()
numpy.save(sys.argv[2], numpy.asarray(model.predict(numpy.load(sys.argv[1]), verbose=0, batch_size=256)))
print("Keras", keras.__version__)
"""


@formats.register("keras_source", title=N_("Keras source"))
class KerasSource(KerasFile):
    """`from net_keras import load; model = load(); model.predict(x)`, for every Keras 3 and whatever it runs on."""

    suffixes = ("_keras.py", ".keras.py")

    def recognises(self, data: bytes) -> bool:
        return beside.names_weights(data, _FIRST)

    def describe(self, trained: Trained, name: str) -> Preview:
        what = _("a script that builds, compiles and fits a model of {n} layers").format(n=len(trained.names))
        held = _("{n} arrays under the names of the layers' classes").format(n=len(trained.arrays))
        along = [_("loss, optimizer and metrics"), _("scales of the data, as layers"), _("provenance")]
        kept = variables.holds_slots(trained.experiment.optimizer)
        along += [_("the optimizer's memory")] if kept else []
        left = () if kept else (_("the optimizer's memory"),)
        return Preview(((name, what), (_companion(name), held)), tuple(along), left)

    def excerpt(self, trained: Trained, name: str) -> str:
        return source(trained, name)

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        drawing = drawn(trained)
        stored = self._stored(trained, drawing, beside_weights(trained, drawing), {f"/@{_EXPORT}": facts.export_id(trained)})
        return {name: source(trained, name).encode(), _companion(name): stored}

    def read_beside(self, data: bytes, name: str, folder: Path) -> Weights:
        return Weights(_stored_beside(data, name, folder).arrays) if self.recognises(data) else self.read(data, name)

    def read_network(self, data: bytes, name: str, folder: Path | None = None) -> Imported:
        """The script's own network; with the weights beside it as long as they are of the same layers."""
        script = KerasScript().read_network(data, name)
        if folder is None or not self.recognises(data):
            return script
        try:
            stored = _stored_beside(data, name, folder)
        except FileProblem as problem:
            return replace(script, left_out=(*script.left_out, LeftOut(_("the weights"), "", str(problem))))
        if tuple(map(beside.unnamed, script.layers)) != tuple(map(beside.unnamed, stored.layers)):
            why = _("the layers of the script are no longer those of the weights beside it")
            return replace(script, left_out=(*script.left_out, LeftOut(_("the weights"), "", why)))
        others = tuple(part for part in script.left_out if part.what.partition(",")[0] not in _FROM_WEIGHTS)
        settings = {key: value for key, value in script.settings.items() if key != "preprocessing"}  # the scales tell it
        return replace(stored, settings={**stored.settings, **settings}, left_out=(*stored.left_out, *others))

    def read_back(self, trained: Trained, path: Path) -> Weights:
        weights = path.with_name(_companion(path.name))
        return read_back(trained, read_limited(weights, MOST_BYTES), shown(weights))

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        refuse_broken(path)
        if consumer.installed("keras"):
            x = rows.units.astype(trained.experiment.dtype)
            found = consumer.predicted(_START + _PREDICT.replace("PATH", repr(str(path))), x, path.parent)
            if found is not None:
                return Outcome(found[0], found[1])
            if consumer.starts(_START):
                raise FileProblem(_("{name} was not written: Keras here cannot run it.").format(name=shown(path)))
        arrays = self.read_back(trained, path).arrays
        by = _("netviz' own reader of the weights (Keras, which would run the source, is not here or does not start)")
        return Outcome(trained.samples.in_units(trained.predictions(arrays, rows.x)), by)


_FROM_WEIGHTS = ("model.load_weights", "Normalization", "Rescaling")  # which the script alone does not tell


def _stored_beside(data: bytes, name: str, folder: Path) -> Imported:
    """The network that the weights beside a script of netviz' say they are of."""
    stored = Stored(*reading.contents_apart(beside.weights_of(data, name, folder), name))
    beside.refuse_other(data, stored.texts.get(f"@{_EXPORT}", ""), name)
    found = reading.network_beside(stored, name)
    if found is None:
        raise FileProblem(_("{name}: the weights beside it do not say which layers they are of.").format(name=name))
    return found


def _companion(name: str) -> str:
    return f"{name[:-3]}.weights.h5"


# -------------------------------------------------------------------------------------------------------- the source


def source(trained: Trained, name: str) -> str:
    """The script."""
    nodes, constants = _with_constants(drawn(trained))
    body = [_build(trained, nodes), _load(trained), _fit(trained), 'if __name__ == "__main__":\n    load().summary()']
    decoded = [python_pieces("main_numpy.py").sources["decoded"]] if any("decoded(" in line for line in constants) else []
    text = "\n\n\n".join([*decoded, "\n".join(constants), *body] if decoded else body)
    head = _constants(trained, name) if decoded else "\n".join([_constants(trained, name), *constants])
    return "\n\n".join([_docstring(trained, name), _imports(trained, head + text), head]) + "\n\n\n" + text + "\n"


def _docstring(trained: Trained, name: str) -> str:
    stem = facts.told(name.removesuffix(".py"), 60)
    call_ = f"from {stem} import load" if stem.isidentifier() else f'load = runpy.run_path("{stem}.py")["load"]'
    lines = [
        f'"""{_FIRST.format(file=facts.told(_companion(name), 60))}', "", f"    {call_}",
        "    model = load()", "    y = model.predict(x)    # rows of features in their own units", "",
        *facts.ins_and_outs(trained), "", *facts.layer_table(trained), "", *facts.provenance(trained), '"""',
    ]  # fmt: skip
    return "\n".join(lines)


def _imports(trained: Trained, text: str) -> str:
    lines = ["import base64"] if "base64." in text else []
    lines += ["from pathlib import Path", "", "import h5py", "import keras"]
    lines += ["import numpy as np"] if "np." in text else []
    lines += ["from keras import layers"]
    if trained.experiment.dtype == "float64":
        lines += ["", 'keras.config.set_floatx("float64")  # the precision of the training']
    return "\n".join(lines)


def _constants(trained: Trained, name: str) -> str:
    names = [line for line in names_of(trained) if not line.endswith("= []")]
    weights = f"WEIGHTS = Path(__file__).with_name({literal(_companion(name))})"
    identity = f"EXPORT = {literal(facts.export_id(trained))}  # also in the head of the weights"
    return "\n".join([weights, identity, *names])


def _with_constants(drawing: Drawing) -> tuple[list[Node], list[str]]:
    """The layers with long numbers as constants, and the lines that define those."""
    nodes, lines = [], list[str]()
    for node in drawing.nodes:
        config = dict(node.unit.config)
        if node.unit.class_name == "Normalization":
            for key in ("mean", "variance"):
                made = f"FEATURE_{key.upper()}"
                lines.append(f"{made} = {literals.numpy_array(np.asarray(config[key], np.float64))}")
                config[key] = Constant(made)
        nodes.append(replace(node, unit=replace(node.unit, config=config)))
    return nodes, lines


# ------------------------------------------------------------------------------------------------------- the functions


def _layer(node: Node) -> str:
    return call("keras.layers", node.unit.class_name, node.unit.config | {"name": node.unit.name})


def _build(trained: Trained, nodes: list[Node]) -> str:
    head = ["def build():", f'    """The model before its training: {_shapes(trained)}."""']
    double = ', dtype="float64"' if trained.experiment.dtype == "float64" else ""
    shape = code(trained.samples.row_shape)
    if all(len(node.inputs) == 1 for node in nodes):
        body = ["    model = keras.Sequential([", f"        keras.Input({shape}{double}),"]
        for node in nodes:
            body += [f"    {line}" for line in _statement(f"{_layer(node)},")]
        body += ["    ])"]
    else:
        body = [f"    inputs = x = keras.Input({shape}{double})", *_graph(nodes), "    model = keras.Model(inputs, x)"]
    return "\n".join([*head, *body, *_compiled(trained), "    return model"])


def _shapes(trained: Trained) -> str:
    row, out = (", ".join(map(str, shape)) for shape in (trained.samples.row_shape, trained.network.output_shape))
    return f"(rows, {row}) -> (rows, {out})"


def _graph(nodes: list[Node]) -> list[str]:
    """Layer after layer; what a block adds to its end is kept under a name."""
    sources = {node.inputs[0] for node in nodes if node.unit.class_name == MERGE}
    ordered = [name for name in (_INPUT, *(node.unit.name for node in nodes)) if name in sources]
    names = {name: f"shortcut_{i}" if i else "shortcut" for i, name in enumerate(ordered)}
    lines = [f"    {names[_INPUT]} = x"] if _INPUT in names else []
    for node in nodes:
        given = {MERGE: f"[{names.get(node.inputs[0], '')}, x]", ATTENTION: "x, x"}.get(node.unit.class_name, "x")
        lines += _statement(f"x = {_layer(node)}({given})")
        lines += [f"    {names[node.unit.name]} = x"] if node.unit.name in names else []
    return lines


def _statement(text: str) -> list[str]:
    """A statement in lines of one width; its texts hold no spaces."""
    lines = Lines()
    lines.put(text)
    return lines.lines[0].split("\n")


def _compiled(trained: Trained) -> list[str]:
    experiment = trained.experiment
    optimizer = objects.optimizer(experiment.optimizer, experiment.schedule)
    notes = list[str]()
    if optimizer is None:
        settings = {key: getattr(experiment.optimizer, key) for key in fields_of(type(experiment.optimizer))}
        given = ", ".join(f"{key}={value!r}" for key, value in settings.items())
        notes.append(f"netviz trained with {type(experiment.optimizer).__name__}({facts.told(given, 300)}), which Keras has not.")
    if objects.lost_schedule(experiment.schedule) and not isinstance(experiment.schedule, ReduceOnPlateau):
        notes.append(f"The learning rate followed {type(experiment.schedule).__name__}, which Keras has not.")
    if trained.samples.target_scale is not None:
        notes.append("netviz' loss was that of targets brought to scale; here it is in their own units.")
    parts = [f"optimizer={code(optimizer)}"] if optimizer is not None else []
    parts.append(f"loss={code(objects.loss(experiment.loss, trained.from_logits))}")
    measured = objects.metrics(experiment.metrics)
    parts += [f"metrics=[{', '.join(map(code, measured))}]"] if measured else []
    body = [line for part in parts for line in (f"    {each}" for each in _statement(f"{part},"))]
    return [*(f"    # {note}" for note in notes), "    model.compile(", *body, "    )"]


def _load(trained: Trained) -> str:
    holds = variables.holds_slots(trained.experiment.optimizer)
    what = "its weights and what its optimizer remembers" if holds else "its weights"
    return "\n".join([
        "def load(path=WEIGHTS):",
        f'    """The model with {what}; ValueError for those of another export."""',
        "    with h5py.File(path) as file:",
        f'        if file.attrs.get("{_EXPORT}", EXPORT) != EXPORT:',
        '            raise ValueError(f"{path} belongs to another export; export the network again.")',
        "    model = build()",
        *(["    model.optimizer.build(model.trainable_variables)"] if holds else []),
        "    model.load_weights(path)",
        "    return model",
    ])  # fmt: skip


def _fit(trained: Trained) -> str:
    experiment = trained.experiment
    arguments = {"batch_size": experiment.batch_size, "epochs": experiment.epochs}
    more: dict[str, Any] = {}
    if experiment.preprocessing.validation_split:
        more["validation_split"] = experiment.preprocessing.validation_split
    if not experiment.shuffle:
        more["shuffle"] = False
    if experiment.class_weight:
        more["class_weight"] = dict(experiment.class_weight)
    parts = [f"{key}={value!r}" for key, value in (arguments | more).items()]
    callbacks = []
    if isinstance(experiment.schedule, ReduceOnPlateau):
        callbacks.append(_callback("ReduceLROnPlateau", experiment.schedule))
    if experiment.stopping is not None:
        callbacks.append(_callback("EarlyStopping", experiment.stopping))
    parts += [f"callbacks=[{', '.join(callbacks)}]"] if callbacks else []
    doc = "Train as netviz did: features in their own units, targets as the loss wants them. Keras validates on the last rows."
    lines = ["def fit(model, x, y):", f'    """{doc}"""', *_statement(f"return model.fit(x, y, {', '.join(parts)})")]
    return "\n".join(lines)


def _callback(name: str, value: Any) -> str:
    given = {key: getattr(value, key) for key in fields_of(type(value))}
    return f"keras.callbacks.{name}({', '.join(f'{key}={code(item)}' for key, item in given.items())})"
