"""A network as one C header without dependencies: C99, constant weights, no memory asked for.

A network of dense, convolutional, pooling, normalization and reshaping layers and blocks around which there is a way; the
compiler that is there proves it.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.datasets import Scale
from netviz.files import FileProblem, shown
from netviz.formats import consumer
from netviz.formats.format import Format, Outcome, Preview, formats
from netviz.formats.imported import Imported
from netviz.formats.programs import beside, c_layers, c_lines, facts, inside, literals
from netviz.formats.programs.numpy_program import altered
from netviz.formats.programs.pieces import c_pieces
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _

_FAMILIES = (c_layers,)  # importing them registers how their layers are written
_LAYERS = "layers.c"
_FIRST = "A neural network with its weights, trained by netviz, in C99 (and C++) without dependencies."
_STACK = 4096  # bytes of results that may lie on the stack
_COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2")
_WINDOWS = (
    ("height", "width", "channels", "down", "across", "size_down", "size_across"),
    ("stride_down", "stride_across", "above", "left", "rate_down", "rate_across"),
)

_TRIVIAL = "#include <math.h>\nint main(int n, char **w) { (void)w; return expf((float)n) < 0; }\n"
_PREDICT = """#include <stdio.h>
#include NAME

int main(int count, char **words)
{
    float x[NETVIZ_INPUTS], y[NETVIZ_OUTPUTS];
    FILE *in = count == 3 ? fopen(words[1], "rb") : NULL, *out = count == 3 ? fopen(words[2], "wb") : NULL;
    if (!in || !out)
        return 1;
    while (fread(x, sizeof x, 1, in) == 1) {
        netviz_predict(x, y);
        if (fwrite(y, sizeof y, 1, out) != 1)
            return 1;
    }
    fclose(in);
    return fclose(out) != 0;
}
"""


@formats.register("c_header", title=N_("C header"))
class CHeader(Format):
    """`netviz_predict(x, y)` for one row; features in their own units, predictions in theirs. Compiles as C++ too."""

    suffixes = (".h",)
    arrays = False  # batch normalization is worked in, and doubles become floats
    in_units = True
    single = True
    tolerance = 1e-5

    def recognises(self, data: bytes) -> bool:
        return data.startswith(f"/*\n * {_FIRST}".encode())

    def read(self, data: bytes, name: str) -> Weights:
        """The arrays of a header in which every weight stands with its own numbers."""
        if not self.recognises(data):
            return super().read(data, name)
        return Weights(inside.c_arrays(data, name), inside.description(data))

    def described_network(self, data: bytes, name: str, folder: Path) -> Imported | None:
        return beside.unseen(super().described_network(data, name, folder))

    def refusal(self, trained: Trained) -> str:
        shapes = trained.network.shapes
        for layer, name, shape in zip(trained.experiment.layers, trained.names, shapes[:-1], strict=True):
            if kind := c_lines.unwritable(layer, shape):
                sentence = _("the layer {name} ({kind}) has no form in the C header; dense and convolutional layers have.")
                return sentence.format(name=name, kind=kind)
        return altered(trained)

    def describe(self, trained: Trained, name: str) -> Preview:
        what = _("{n} layers as C99, about {size:,} bytes of constants").format(n=len(trained.names), size=_bytes(trained))
        along = [_("names of the classes")] if facts.classes(trained) else []
        scaled = trained.samples.feature_scale or trained.samples.target_scale
        along += [_("scales of the data")] if scaled else []
        left = [_("loss, optimizer and its memory")]
        left += [_("double precision: the weights become floats")] if trained.experiment.dtype == "float64" else []
        return Preview(((name, what),), (*along, _("provenance")), tuple(left))

    def excerpt(self, trained: Trained, name: str) -> str:
        return _source(trained, name, numbers=False)

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        return {name: _source(trained, name).encode()}

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        found = compiler()
        if found is None:
            return Outcome(None, _("no working C compiler was found ({names})").format(names=", ".join(_COMPILERS)))
        made = compiled(path, rows.units.reshape(len(rows.units), -1), size(trained.network.output_shape), found[0])
        return Outcome(made.reshape(len(made), *trained.network.output_shape), found[1])


# --------------------------------------------------------------------------------------------------------- the proof


@lru_cache(maxsize=1)
def compiler() -> tuple[str, str] | None:
    """(path, first line of its version) of a C compiler whose programs run here; None where there is none."""
    for name in _COMPILERS:
        path = shutil.which(name)
        if path is None:
            continue
        with tempfile.TemporaryDirectory(prefix="netviz-") as place:
            Path(place, "one.c").write_text(_TRIVIAL)
            made = consumer.run([path, *FLAGS, "one.c", "-o", "one", "-lm"], Path(place))
            if made is not None and consumer.run([str(Path(place, "one"))], Path(place)) is not None:
                said = consumer.run([path, "--version"], Path(place)) or name
                return path, said.strip().split("\n")[0]
    return None


def compiled(path: Path, x: Array, outputs: int, compiler: str) -> Array:
    """Predictions (rows, outputs) of a header's network; FileProblem where it does not compile without a warning, or run."""
    with tempfile.TemporaryDirectory(prefix="netviz-") as place:
        folder, given, made = Path(place), Path(place, "x"), Path(place, "y")
        Path(folder, "net.h").write_bytes(path.read_bytes())
        Path(folder, "main.c").write_text(_PREDICT.replace("NAME", '"net.h"'))
        given.write_bytes(np.ascontiguousarray(x, np.float32).tobytes())
        if consumer.run([compiler, *FLAGS, "main.c", "-o", "main", "-lm"], folder) is None:
            raise FileProblem(_("{name} was not written: it does not compile. Please report this.").format(name=shown(path)))
        if consumer.run([str(folder / "main"), str(given), str(made)], folder) is None:
            raise FileProblem(_("{name} was not written: its program does not run. Please report this.").format(name=shown(path)))
        return np.fromfile(made, np.float32).reshape(-1, outputs)


# -------------------------------------------------------------------------------------------------------- the source


def _bytes(trained: Trained) -> int:
    """What the weights take in memory."""
    return 4 * sum(array.size for array in trained.arrays.values())


def _lines(trained: Trained) -> c_lines.Lines:
    lines, samples = c_lines.Lines(names={"feature", "target"}), trained.samples
    shape: Shape = samples.row_shape
    if samples.feature_scale is not None:
        constants = [_spread(lines, "feature", part, samples.feature_scale, shape) for part in _PARTS]
        lines.note = "features to the scale of the training"
        lines.into_next("netviz_scale", size(shape), *constants, size(shape))
    for layer, name in zip(trained.experiment.layers, trained.names, strict=True):
        begin = f"{name}/"
        weights = {key.removeprefix(begin): array for key, array in trained.arrays.items() if key.startswith(begin)}
        shape = c_lines.put_layer(layer, name, lines, shape, weights)
    if samples.target_scale is not None:
        constants = [_spread(lines, "target", part, samples.target_scale, shape) for part in _PARTS]
        lines.note = "predictions to the units of the targets"
        lines.in_place("netviz_unscale", size(shape), *constants, size(shape))
    return lines


_PARTS = ("mean", "deviation")


def _spread(lines: c_lines.Lines, whose: str, part: str, scale: Scale, shape: Shape) -> str:
    """A scale's numbers, one for each of a row, in double precision; returns their name in C."""
    name = f"netviz_{whose}_{part}"
    values = np.asarray(getattr(scale, part), np.float64)
    lines.arrays[name] = np.ascontiguousarray(np.broadcast_to(values, shape))
    return name


def _source(trained: Trained, name: str, numbers: bool = True) -> str:
    """The header. Without numbers the weights are left out, for a look at the rest."""
    lines = _lines(trained)
    sizes = lines.end(size(trained.network.output_shape))
    pieces = c_pieces(_LAYERS).chosen(lines.calls)
    guard = literals.c_name(f"NETVIZ_{name.rpartition('.')[0]}_H", set()).upper()
    text = "\n\n".join(pieces)
    parts = [_comment(trained, name), f"#ifndef {guard}\n#define {guard}", "#include <math.h>\n#include <stddef.h>"]
    parts += [_defined(trained)]
    if facts.classes(trained):
        parts.append(_classes(trained))
    if lines.places:
        parts.append(_windows(lines))
    parts += [_array(key, array) for key, array in lines.arrays.items()] if numbers else ["/* ... weights ... */"]
    parts += [text, _predict(lines, sizes)]
    if facts.classes(trained):
        parts.append(_class(trained))
    parts.append(f"#endif /* {guard} */")
    if numbers:
        parts.append(inside.comment(trained, "//", {inside.PLACES: inside.c_places(trained.arrays, lines.arrays)}))
    return "\n\n".join(parts) + "\n"


def _array(name: str, array: Array) -> str:
    kind = {"i": "int", "f": "double" if array.dtype == np.float64 else "float"}[array.dtype.kind]
    return literals.c_array(kind, name, array)


def _comment(trained: Trained, name: str) -> str:
    lines = [
        _FIRST, "",
        f'    #include "{facts.told(name, 60)}"', "    float y[NETVIZ_OUTPUTS];", "    netviz_predict(x, y);",
        "", *facts.ins_and_outs(trained), "", *facts.layer_table(trained), "", *facts.provenance(trained),
        f"{_bytes(trained):,} bytes of weights. Link with -lm.",
    ]  # fmt: skip
    return "\n".join(["/*", *(f" * {line}".rstrip() for line in lines), " */"])


def _defined(trained: Trained) -> str:
    row, out = trained.samples.row_shape, trained.network.output_shape
    return "\n".join([
        f"#define NETVIZ_INPUTS {size(row)} /* {facts.shape_text(row)} */",
        f"#define NETVIZ_OUTPUTS {size(out)} /* {facts.shape_text(out)} */",
    ])  # fmt: skip


def _classes(trained: Trained) -> str:
    names = facts.classes(trained)
    body = literals.filled(map(literals.c_text, names), "    ")
    return "\n".join([
        f"#define NETVIZ_CLASSES {len(names)}", f"static const char *const netviz_classes[{len(names)}] = {{", *body, "};",
    ])  # fmt: skip


def _windows(lines: c_lines.Lines) -> str:
    made = [
        "/* Windows that slide over images; a sequence is an image of height 1. */",
        "typedef struct {", *(f"    int {', '.join(names)};" for names in _WINDOWS), "} netviz_windows;", "",
    ]  # fmt: skip
    made += [f"static const netviz_windows {name} = {{{', '.join(map(str, values))}}};" for name, values in lines.places.items()]
    return "\n".join(made)


def _predict(lines: c_lines.Lines, sizes: dict[str, int]) -> str:
    count = sum(sizes.values())
    where = "static" if 4 * count > _STACK else ""
    told = "in static memory, so only one call at a time" if where else "on the stack"
    head = []
    if sizes:
        head = [
            f"/* The results of layers, {4 * count:,} bytes, lie {told};",
            " * define NETVIZ_BUFFER as static or as nothing to have it otherwise. */",
            "#ifndef NETVIZ_BUFFER", f"#define NETVIZ_BUFFER {where}".rstrip(), "#endif", "",
        ]  # fmt: skip
    buffers = [f"{name}[{n}]" for name, n in sorted(sizes.items())]
    return "\n".join([
        *head, "/* Prediction for one row x of features in their own units, in y. */",
        "static inline void netviz_predict(const float *x, float *y)", "{",
        *([f"    NETVIZ_BUFFER float {', '.join(buffers)};"] if buffers else []), *map(str, lines.lines), "}",
    ])  # fmt: skip


def _class(trained: Trained) -> str:
    single = size(trained.network.output_shape) == 1
    rule = "return y[0] > 0.5f;" if single else None
    lines = ["/* The number of the class that a prediction y speaks for; netviz_classes has its name. */"]
    lines += ["static inline int netviz_class(const float *y)", "{"]
    if rule:
        return "\n".join([*lines, f"    {rule}", "}"])
    return "\n".join([
        *lines, "    int best = 0;", "    for (int i = 1; i < NETVIZ_OUTPUTS; i++)", "        best = y[i] > y[best] ? i : best;",
        "    return best;", "}",
    ])  # fmt: skip
