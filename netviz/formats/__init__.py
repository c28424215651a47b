"""Trained networks for other programs, each format in a file of its own; importing this package registers them all."""

from netviz.formats import npz, safetensors, tables
from netviz.formats.format import Format, Outcome, Preview, formats
from netviz.formats.imported import Imported, LeftOut
from netviz.formats.keras import model as keras_model
from netviz.formats.keras_script import file as keras_script
from netviz.formats.matching import Matching, Pair, laid_onto, matched
from netviz.formats.onnx import file as onnx_file
from netviz.formats.programs import c_header, keras_source, numpy_program, torch_source
from netviz.formats.proof import (
    Proof,
    describe,
    excerpt,
    export,
    exporting,
    flavours,
    for_export,
    read_network,
    read_weights,
)
from netviz.formats.taking import experiment_of, run_of, trained_of
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights

__all__ = [
    "Format", "Imported", "LeftOut", "Matching", "Outcome", "Pair", "Preview", "Proof", "Rows", "Trained",
    "Weights", "c_header", "describe", "excerpt", "experiment_of", "export", "exporting", "flavours", "for_export",
    "formats", "keras_model", "keras_script", "keras_source", "laid_onto", "matched", "npz", "numpy_program", "onnx_file",
    "read_network", "read_weights", "run_of", "safetensors", "tables", "torch_source", "trained_of",
]  # fmt: skip
