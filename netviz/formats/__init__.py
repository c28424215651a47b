"""Trained networks for other programs, each format in a file of its own; importing this package registers them all."""

from netviz.formats import npz, safetensors
from netviz.formats.format import Format, Outcome, Preview, formats
from netviz.formats.imported import Imported, LeftOut
from netviz.formats.proof import Proof, describe, export, for_export, read_network, read_weights
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights

__all__ = [
    "Format", "Imported", "LeftOut", "Outcome", "Preview", "Proof", "Rows", "Trained", "Weights", "describe", "export",
    "for_export", "formats", "npz", "read_network", "read_weights", "safetensors",
]  # fmt: skip
