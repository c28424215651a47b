"""Trained weights for other programs, each format in a file of its own; importing this package registers them all."""

from netviz.formats import npz, safetensors
from netviz.formats.format import Format, Trained, Weights, formats
from netviz.formats.proof import Proof, export, for_export, read_weights

__all__ = [
    "Format", "Proof", "Trained", "Weights", "export", "for_export", "formats", "npz", "read_weights", "safetensors",
]  # fmt: skip
