"""The safetensors file of Hugging Face: a header that is checked, and plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netviz.arrays import Array
from netviz.document import tensors
from netviz.formats.format import DESCRIPTION, Format, Outcome, Preview, formats
from netviz.formats.programs import torch_layout
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _


@formats.register("safetensors", title=N_("safetensors"))
class Safetensors(Format):
    """Plain numbers behind a header that is checked, as Hugging Face's library reads them.

    Written here, because that library writes transposed arrays wrongly; proved with its reader.
    Source: https://github.com/huggingface/safetensors#format
    """

    suffixes = (".safetensors",)

    def recognises(self, data: bytes) -> bool:
        return len(data) > 9 and int.from_bytes(data[:8], "little") <= len(data) - 8 and data[8:9] == b"{"

    def describe(self, trained: Trained, name: str) -> Preview:
        what = _("{n} arrays and a description").format(n=len(trained.arrays))
        return Preview(((name, what),), (_("scales of the data"), _("provenance")), (_("the optimizer's memory"),))

    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        return {name: tensors.pack(trained.arrays, {DESCRIPTION: trained.described()})}

    def read(self, data: bytes, name: str) -> Weights:
        found = tensors.unpack(data, name)
        arrays: Mapping[str, Array] = found.arrays
        if torch_layout.LAYOUT in found.metadata:  # netviz wrote it with PyTorch's names
            arrays = torch_layout.netviz_arrays(torch_layout.read(found.metadata[torch_layout.LAYOUT], name), arrays, name)
        return Weights(arrays, found.metadata.get(DESCRIPTION, ""))

    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        from safetensors.numpy import load_file

        return Outcome(trained.predictions(load_file(path), rows.x), _("the library safetensors"))
