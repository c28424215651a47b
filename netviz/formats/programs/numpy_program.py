"""A network as one Python file that needs NumPy alone: it is read from top to bottom, imported, or run on a table.

Weights stand in the file itself, small arrays as numbers that can be read; very large ones in an .npz archive beside it.
"""

from __future__ import annotations

import ast
import hashlib
import re
from pathlib import Path

import numpy as np

from netviz.arrays import Shape, size
from netviz.engine.surgery import Alter
from netviz.files import FileProblem, shown
from netviz.formats import consumer
from netviz.formats.format import Format, Outcome, Preview, formats
from netviz.formats.imported import Imported
from netviz.formats.npz import Npz
from netviz.formats.programs import beside, facts, inside, literals, numpy_lines, numpy_sequences, python_lines
from netviz.formats.programs.pieces import python_pieces
from netviz.formats.programs.python_lines import literal
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _

_FAMILIES = (numpy_lines, numpy_sequences)  # importing them registers how their layers are written
_LAYERS, _MAIN = "layers_numpy.py", "main_numpy.py"
_FIRST = "A neural network with its weights, trained by netviz; all it needs is NumPy."
_BESIDE = re.compile(rb"""^W = weights\(Path\(__file__\)\.with_name\(("[^"\n]{1,900}"|'[^'\n]{1,900}')\)\)\r?$""", re.MULTILINE)
_MOST_INSIDE = 4 * 2**20  # bytes of weights that stand in the program itself
_WIDTH = 110

_PREDICT = """
import hashlib, runpy, sys, numpy
made = runpy.run_path(PATH)
numpy.save(sys.argv[2], made["predict"](numpy.load(sys.argv[1])))
summed = hashlib.sha256()
for name in sorted(made["W"]):
    array = numpy.ascontiguousarray(made["W"][name])
    summed.update(f"{name}{array.dtype}{array.shape}".encode())
    summed.update(array.tobytes())
print("NumPy", numpy.__version__, summed.hexdigest())
"""


@formats.register("numpy_program", title=N_("NumPy program"))
class NumpyProgram(Format):
    """`from net import predict`, or `python net.py rows.csv`; features in their own units, predictions in theirs."""

    suffixes = (".py",)
    flavour = "numpy"
    arrays = False  # they are compared in the child, where the program has them
    in_units = True

    def recognises(self, data: bytes) -> bool:
        return data.startswith(f'"""{_FIRST}'.encode())

    def read(self, data: bytes, name: str) -> Weights:
        """The arrays that stand in the program; the changes that somebody made to its lines are not seen."""
        if not self.recognises(data):
            return super().read(data, name)
        return Weights(inside.python_arrays(data, name), inside.description(data))

    def read_beside(self, data: bytes, name: str, folder: Path) -> Weights:
        named = _BESIDE.search(data)
        if not self.recognises(data) or named is None:
            return self.read(data, name)
        archive = beside.content(ast.literal_eval(named[1].decode()), name, folder)
        if hashlib.sha256(archive).hexdigest().encode() not in data:
            raise beside.other_export(name)
        return Npz().read(archive, name)

    def described_network(self, data: bytes, name: str, folder: Path) -> Imported | None:
        return beside.unseen(super().described_network(data, name, folder))

    def refusal(self, trained: Trained) -> str:
        for layer, name in zip(trained.experiment.layers, trained.names, strict=True):
            if kind := numpy_lines.unwritable(layer):
                return _("the layer {name} ({kind}) has no form in NumPy.").format(name=name, kind=kind)
        return altered(trained)

    def describe(self, trained: Trained, name: str) -> Preview:
        count = sum(array.size for array in trained.arrays.values())
        what = _("a program of {n} layers that predicts with NumPy alone").format(n=len(trained.names))
        files = [(name, what)]
        if kept_beside(trained):
            files.append((_companion(name), _("its {n:,} weights").format(n=count)))
        along = (_("scales of the data"), _("names of features and classes"), _("provenance"))
        return Preview(tuple(files), along, (_("loss, optimizer and its memory"),))

    def excerpt(self, trained: Trained, name: str) -> str:
        return _source(trained, name, "", numbers=False)

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        if not kept_beside(trained):
            return {name: _source(trained, name, "").encode()}
        archive = Npz().write(trained, _companion(name))
        digest = hashlib.sha256(next(iter(archive.values()))).hexdigest()
        return {name: _source(trained, name, digest).encode(), **archive}

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        program = _PREDICT.replace("PATH", repr(str(path)))
        found = consumer.predicted(program, rows.units, path.parent, isolated=True)
        if found is None:
            raise FileProblem(_("{name} was not written: the program does not run.").format(name=shown(path)))
        by, _space, digest = found[1].rpartition(" ")
        if digest != _digest(trained):
            raise FileProblem(_("{name} was not written: its weights are not the network's.").format(name=shown(path)))
        return Outcome(found[0], by)


def altered(trained: Trained) -> str:
    """Why a network that was operated on cannot be written as a program; empty where it can."""
    if any(isinstance(part, Alter) for part in trained.experiment.surgery):
        return _("units are muted or altered by hand; take that back first.")
    return ""


def kept_beside(trained: Trained) -> bool:
    """Whether there are so many weights that they stand in a file of their own."""
    return sum(array.nbytes for array in trained.arrays.values()) > _MOST_INSIDE


def _companion(name: str) -> str:
    return f"{name[:-3]}.npz"


def _digest(trained: Trained) -> str:
    summed = hashlib.sha256()
    for name, array in sorted(trained.arrays.items()):
        summed.update(f"{name}{array.dtype}{array.shape}".encode())
        summed.update(array.tobytes())
    return summed.hexdigest()


# -------------------------------------------------------------------------------------------------------- the source


def _source(trained: Trained, name: str, digest: str, numbers: bool = True) -> str:
    """The program; digest: of the archive beside it. Without numbers the weights are left out, for a look at the rest."""
    lines = python_lines.Lines()
    shape = trained.samples.row_shape
    for layer, own in zip(trained.experiment.layers, trained.names, strict=True):
        begin = f"{own}/"
        weights = {key.removeprefix(begin): python_lines.weight(key) for key in trained.arrays if key.startswith(begin)}
        shape = numpy_lines.put_layer(layer, own, lines, shape, weights)
    layers = python_pieces(_LAYERS).chosen(lines.calls & python_pieces(_LAYERS).sources.keys())
    weights_source = _weights(trained, name, digest) if numbers else "W = {...}"
    sentences, encoded = trained.samples.words, "decoded(" in weights_source
    main = ["read", "main", *(["encode", "read_any"] if sentences else []), *(["decoded"] if encoded else [])]
    wanted = {key: source for key, source in python_pieces(_MAIN).sources.items() if key in main}
    if sentences:
        wanted["main"] = wanted["main"].replace("read(paths[0])", "read_any(paths[0])")
    head = "\n\n".join([_docstring(trained, name), _imports(wanted, digest), _constants(trained)])
    parts = [
        head, _predict(trained), _forward(trained, lines),
        *layers, *(source for key, source in wanted.items() if key == "decoded"), weights_source,
        *(source for key, source in wanted.items() if key != "decoded"),
        'if __name__ == "__main__":\n    main(sys.argv[1:])',
        *([inside.comment(trained)] if numbers and not digest else []),
    ]  # fmt: skip
    return "\n\n\n".join(parts) + "\n"


def _docstring(trained: Trained, name: str) -> str:
    stem = facts.told(name.removesuffix(".py"), 60)
    call = f"from {stem} import predict" if stem.isidentifier() else f'runpy.run_path("{stem}.py")["predict"]'
    table = "rows.csv or sentences.txt" if trained.samples.words else "rows.csv"
    lines = [
        f'"""{_FIRST}', "",
        f"    python {stem}.py {table}    writes a prediction for each row",
        f"    {call}    predict(x) takes an array of rows", "",
        *facts.ins_and_outs(trained), "", *facts.layer_table(trained), "", *facts.provenance(trained), '"""',
    ]  # fmt: skip
    return "\n".join(lines)


def _imports(functions: dict[str, str], digest: str) -> str:
    text = "\n".join(functions.values())
    used = [module for module in ("base64", "csv", "re", "sys", "unicodedata") if f"{module}." in text]
    used = sorted([*used, *(("hashlib", "io") if digest else ())])
    more = ["from pathlib import Path"] if digest else []
    return "\n".join([*(f"import {module}" for module in used), *more, "", "import numpy as np"])


def names_of(trained: Trained) -> list[str]:
    """Constants with the shape of a row and the names of features, classes, targets and words."""
    samples = trained.samples
    named = len(samples.features) == size(samples.row_shape) and not samples.words
    lines = [f"SHAPE = {samples.row_shape}  # of a row"]
    for name, texts in (
        ("FEATURES", samples.features if named else ()), ("CLASSES", facts.classes(trained)), ("TARGETS", samples.targets),
        *([("VOCABULARY", samples.words)] if samples.words else []),
    ):  # fmt: skip
        one = f"{name} = [{', '.join(map(literal, texts))}]"
        lines += [one] if len(one) <= _WIDTH else [f"{name} = [", *literals.filled(map(literal, texts), "    "), "]"]
    return lines


def _constants(trained: Trained) -> str:
    samples, lines = trained.samples, names_of(trained)
    for name, scale in (("FEATURE", samples.feature_scale), ("TARGET", samples.target_scale)):
        if scale is not None:
            for part, array in (("MEAN", scale.mean), ("DEVIATION", scale.deviation)):
                lines.append(f"{name}_{part} = {literals.numpy_array(np.asarray(array, np.float64))}")
    return "\n".join(lines)


def _predict(trained: Trained) -> str:
    samples, out = trained.samples, trained.network.output_shape
    kind = f"np.{trained.experiment.dtype}"
    given, made = (", ".join(map(str, shape)) for shape in (samples.row_shape, out))
    scaled = "x = np.asarray(x[start : start + at_once], np.float64)"
    lines = [
        "def predict(x, at_once=256):",
        f'    """Predictions for rows of features in their own units, a few at a time: (rows, {given}) -> (rows, {made})."""',
        "    x = np.asarray(x).reshape(-1, *SHAPE)",
        f"    y = np.empty((len(x), {made}), {kind})" if made else f"    y = np.empty(len(x), {kind})",
        "    for start in range(0, len(x), at_once):",
        f"        {scaled.replace('x = ', 'part = ')}",
    ]
    if samples.feature_scale is not None:
        lines.append("        part = (part - FEATURE_MEAN) / FEATURE_DEVIATION")
    lines.append(f"        y[start : start + at_once] = forward(part.astype({kind}))")
    if samples.target_scale is not None:
        lines.append("    y = (y * TARGET_DEVIATION + TARGET_MEAN).astype(y.dtype)")
    return "\n".join([*lines, "    return y"])


def _forward(trained: Trained, lines: python_lines.Lines) -> str:
    shape: Shape = trained.samples.row_shape
    scaled = "scaled rows" if trained.samples.feature_scale is not None else "rows"
    head = ["def forward(x):", f'    """The layers, for {scaled}: (rows, {", ".join(map(str, shape))})."""']
    return "\n".join([*head, *lines.lines, "    return x"])


def _weights(trained: Trained, name: str, digest: str) -> str:
    if digest:
        companion = literal(_companion(name))
        return "\n".join([
            "def weights(path):",
            '    """The arrays of the archive that belongs to this program; ValueError for another one."""',
            "    data = path.read_bytes()",
            f'    if hashlib.sha256(data).hexdigest() != "{digest}":',
            '        raise ValueError(f"{path} belongs to another export; export the network again.")',
            "    with np.load(io.BytesIO(data), allow_pickle=False) as file:",
            '        return {name: file[name] for name in file.files if name != "netviz.json"}',
            "", "",
            f"W = weights(Path(__file__).with_name({companion}))",
        ])  # fmt: skip
    entries = [f"    {literal(key)}: {literals.numpy_array(array, '    ')}," for key, array in trained.arrays.items()]
    return "\n".join(["W = {", *entries, "}"]) if entries else "W = {}"
