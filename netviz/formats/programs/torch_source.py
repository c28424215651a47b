"""A network as PyTorch source with its weights in a .safetensors file beside it, and such a file alone.

Modules bear the names of the layers, so the tensors are called dense.weight and dense.bias; scales of the data go along as
buffers. The source is a module to be used and trained on, with loss, penalties and optimizer in PyTorch's words.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netviz.arrays import Array, Shape
from netviz.document import tensors
from netviz.files import FileProblem, read_limited, shown
from netviz.formats import consumer
from netviz.formats.format import DESCRIPTION, MOST_BYTES, Format, Outcome, Preview, formats
from netviz.formats.imported import Imported
from netviz.formats.programs import (
    beside,
    facts,
    pieces,
    torch_layers,
    torch_layout,
    torch_lines,
    torch_sequences,
    torch_training,
)
from netviz.formats.programs.numpy_program import altered, names_of
from netviz.formats.programs.python_lines import literal
from netviz.formats.safetensors import Safetensors
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _

_FAMILIES = (torch_layers, torch_sequences)  # importing them registers how their layers are written
_PIECES = "layers_torch.py"
_EXPORT = "netviz.export"
_FIRST = "A neural network trained by netviz, in PyTorch; its weights are in {file} beside this file."

_END = 'if __name__ == "__main__":\n    print(load())'
_START = "import torch, safetensors.torch"
_PREDICT = """
import runpy, sys, numpy, torch
model = runpy.run_path(PATH)["load"]()
numpy.save(sys.argv[2], model.predict(numpy.load(sys.argv[1])).numpy())
print("PyTorch", torch.__version__)
"""


def modelled(trained: Trained) -> torch_lines.Model:
    """The network as modules and lines of forward."""
    model = torch_lines.Model()
    shape: Shape = trained.samples.row_shape
    for layer, name in zip(trained.experiment.layers, trained.names, strict=True):
        shape = torch_lines.put_layer(layer, name, model, shape, f"{name}/")
    model.channels(False, shape)
    return model


def _scales(trained: Trained) -> dict[str, Array]:
    """The scales of the data as buffers of the model, in double precision."""
    scales = {"feature": trained.samples.feature_scale, "target": trained.samples.target_scale}
    return {
        f"{name}_{part}": np.asarray(getattr(scale, part), np.float64)
        for name, scale in scales.items() if scale is not None for part in ("mean", "deviation")
    }  # fmt: skip


def weights_file(trained: Trained, model: torch_lines.Model) -> bytes:
    """The .safetensors file."""
    made: dict[str, Array] = {}
    for placed in model.layout:
        made |= torch_layout.laid_out(placed, trained.arrays[placed.array])
    made |= {name: value.astype(trained.experiment.dtype) for name, value in model.constants.items()}
    metadata = {
        "format": "pt", DESCRIPTION: trained.described(), torch_layout.LAYOUT: torch_layout.described(tuple(model.layout)),
        _EXPORT: facts.export_id(trained),
    }  # fmt: skip
    return tensors.pack(made | _scales(trained), metadata)


class TorchFile(Format):
    """What the two kinds have in common: who is refused, and how arrays come back."""

    flavour = "pytorch"

    def refusal(self, trained: Trained) -> str:
        shapes = trained.network.shapes
        for layer, name, shape in zip(trained.experiment.layers, trained.names, shapes[:-1], strict=True):
            if kind := torch_lines.unwritable(layer, shape):
                return _("the layer {name} ({kind}) has no form in PyTorch.").format(name=name, kind=kind)
        return altered(trained)


@formats.register("pytorch_weights", title=N_("safetensors with PyTorch's names"))
class TorchWeights(TorchFile):
    """`load_file(path)` is a state_dict: dense.weight (units, inputs), dense.bias, ..."""

    suffixes = ("_torch.safetensors", ".torch.safetensors")

    def describe(self, trained: Trained, name: str) -> Preview:
        what = _("{n} arrays as PyTorch has them, and a description").format(n=len(trained.arrays))
        return Preview(((name, what),), (_("scales of the data"), _("provenance")), (_("the optimizer's memory"),))

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        return {name: weights_file(trained, modelled(trained))}

    def read(self, data: bytes, name: str) -> Weights:
        return Safetensors().read(data, name)

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        from safetensors.numpy import load_file

        found = torch_layout.netviz_arrays(tuple(modelled(trained).layout), load_file(path), shown(path))
        return Outcome(trained.predictions(found, rows.x), _("the library safetensors"))


@formats.register("pytorch", title=N_("PyTorch source"))
class TorchSource(TorchFile):
    """`from net_torch import load; model = load(); model.predict(x)`; an nn.Module to go on with."""

    suffixes = ("_torch.py", ".torch.py")
    in_units = True
    tolerance = 1e-5

    def recognises(self, data: bytes) -> bool:
        return beside.names_weights(data, _FIRST)

    def describe(self, trained: Trained, name: str) -> Preview:
        what = _("an nn.Module of {n} layers with loss and optimizer").format(n=len(trained.names))
        held = _("{n} arrays as PyTorch has them, and a description").format(n=len(trained.arrays))
        along = (_("scales of the data"), _("names of features and classes"), _("provenance"))
        return Preview(((name, what), (_companion(name), held)), along, (_("the optimizer's memory"),))

    def excerpt(self, trained: Trained, name: str) -> str:
        return source(trained, modelled(trained), name)

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        model = modelled(trained)
        return {name: source(trained, model, name).encode(), _companion(name): weights_file(trained, model)}

    def read_beside(self, data: bytes, name: str, folder: Path) -> Weights:
        if not self.recognises(data):
            return self.read(data, name)
        stored = beside.weights_of(data, name, folder)
        beside.refuse_other(data, tensors.unpack(stored, name).metadata.get(_EXPORT, ""), name)
        return Safetensors().read(stored, name)

    def described_network(self, data: bytes, name: str, folder: Path) -> Imported | None:
        return beside.unseen(super().described_network(data, name, folder))

    def read_back(self, trained: Trained, path: Path) -> Weights:
        weights = path.with_name(_companion(path.name))
        return Safetensors().read(read_limited(weights, MOST_BYTES), shown(weights))

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        pieces.refuse_broken(path)
        if consumer.installed("torch") and consumer.installed("safetensors"):
            found = consumer.predicted(_PREDICT.replace("PATH", repr(str(path))), rows.units, path.parent)
            if found is not None:
                return Outcome(found[0], found[1])
            if consumer.starts(_START):
                raise FileProblem(_("{name} was not written: PyTorch here cannot run it.").format(name=shown(path)))
        arrays = self.read_back(trained, path).arrays
        by = _("netviz' own reader of the weights (PyTorch, which would run the source, is not here or does not start)")
        return Outcome(trained.samples.in_units(trained.predictions(arrays, rows.x)), by)


def _companion(name: str) -> str:
    return f"{name[:-3]}.safetensors"


# -------------------------------------------------------------------------------------------------------- the source


def source(trained: Trained, model: torch_lines.Model, name: str) -> str:
    """The program."""
    known = pieces.python_pieces(_PIECES)
    own = known.chosen(model.calls & known.sources.keys())
    lost = torch_training.loss_lines(trained.experiment.loss, trained.from_logits)
    body = [*own, _module(trained, model), _load(trained), "\n".join(lost)]
    penalty = torch_training.penalty_lines(model, torch_training.penalties(trained))
    body += ["\n".join(penalty)] if penalty else []
    body += ["\n".join(torch_training.optimizer_lines(trained.experiment)), _END]
    text = "\n\n\n".join(body)
    parts = [_docstring(trained, name), _imports(text), _constants(trained, name)]
    return "\n\n".join(parts) + "\n\n\n" + text + "\n"


def _docstring(trained: Trained, name: str) -> str:
    stem = facts.told(name.removesuffix(".py"), 60)
    call = f"from {stem} import load" if stem.isidentifier() else f'load = runpy.run_path("{stem}.py")["load"]'
    lines = [
        f'"""{_FIRST.format(file=facts.told(_companion(name), 60))}', "", f"    {call}",
        "    model = load()", "    y = model.predict(x)    # rows of features in their own units", "",
        *facts.ins_and_outs(trained), "", *facts.layer_table(trained), "", *facts.provenance(trained), '"""',
    ]  # fmt: skip
    return "\n".join(lines)


def _imports(text: str) -> str:
    lines = ["import math"] if "math." in text else []
    lines += ["from pathlib import Path", "", "import torch", "from safetensors import safe_open", "from torch import nn"]
    lines += ["from torch.nn import functional as F"] if "F." in text else []
    return "\n".join(lines)


def _constants(trained: Trained, name: str) -> str:
    weights = f"WEIGHTS = Path(__file__).with_name({literal(_companion(name))})"
    names = [line for line in names_of(trained) if not line.endswith("= []")]
    return "\n".join([weights, f"EXPORT = {literal(facts.export_id(trained))}  # also in the header of the weights", *names])


def _module(trained: Trained, model: torch_lines.Model) -> str:
    samples, dtype = trained.samples, trained.experiment.dtype
    row, out = (", ".join(map(str, shape)) for shape in (samples.row_shape, trained.network.output_shape))
    lines = ["class Model(nn.Module):", f'    """(rows, {row}) -> (rows, {out})."""', "", "    def __init__(self):"]
    lines += ["        super().__init__()", *(f"        {line}" for line in model.modules)]
    for name, array in _scales(trained).items():
        lines.append(f'        self.register_buffer("{name}", torch.ones({tuple(array.shape)}, dtype=torch.float64))')
    scaled = "scaled rows, as in training" if samples.feature_scale is not None else "rows"
    lines += ["", "    def forward(self, x):", f'        """For {scaled}."""', *model.lines, "        return x", ""]
    lines += [
        "    @torch.no_grad()", "    def predict(self, x):",
        '        """For rows of features in their own units, an array or a tensor; training is switched off."""',
        f"        x = torch.as_tensor(x, dtype=torch.float64).reshape(-1, {row})",
    ]  # fmt: skip
    if samples.feature_scale is not None:
        lines.append("        x = (x - self.feature_mean) / self.feature_deviation")
    lines.append(f"        y = self.eval()(x.to(torch.{dtype}))")
    if samples.target_scale is not None:
        lines.append("        y = (y * self.target_deviation + self.target_mean).to(y.dtype)")
    return "\n".join([*lines, "        return y"])


def _load(trained: Trained) -> str:
    dtype = trained.experiment.dtype
    made = "Model()" if dtype == "float32" else "Model().double()"
    return "\n".join([
        "def load(path=WEIGHTS):",
        '    """The model with its weights; ValueError for those of another export."""',
        '    with safe_open(path, "pt") as file:',
        f'        if (file.metadata() or {{}}).get("{_EXPORT}", EXPORT) != EXPORT:',
        '            raise ValueError(f"{path} belongs to another export; export the network again.")',
        "        weights = {name: file.get_tensor(name) for name in file.keys()}",
        f"    model = {made}",
        "    model.load_state_dict(weights)",
        "    return model.eval()",
    ])  # fmt: skip
