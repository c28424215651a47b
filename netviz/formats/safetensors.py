"""The safetensors file of Hugging Face: a header that is checked, and plain numbers."""

from __future__ import annotations

from netviz.arrays import Array
from netviz.document import tensors
from netviz.formats.format import DESCRIPTION, Format, Trained, Weights, formats
from netviz.i18n import N_


@formats.register("safetensors", title=N_("safetensors"))
class Safetensors(Format):
    """Written here, because the library writes transposed arrays wrongly; proved with the library's own reader.

    Source: https://github.com/huggingface/safetensors#format
    """

    suffixes = (".safetensors",)

    def recognises(self, data: bytes) -> bool:
        return len(data) > 9 and int.from_bytes(data[:8], "little") <= len(data) - 8 and data[8:9] == b"{"

    def write(self, trained: Trained) -> bytes:
        return tensors.pack(trained.arrays, {DESCRIPTION: trained.described()})

    def read(self, data: bytes, name: str) -> Weights:
        found = tensors.unpack(data, name)
        return Weights(found.arrays, found.metadata.get(DESCRIPTION, ""))

    def predict(self, trained: Trained, data: bytes, x: Array) -> Array:
        from safetensors.numpy import load

        return trained.predictions(load(data), x)
