"""`netviz predict`: rows in their own units in, predictions in their own units out, by the project's own preprocessing."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from pathlib import Path

import numpy as np

from netviz import blas
from netviz.arrays import Array, size
from netviz.cli import opening
from netviz.datasets import MappedRows, Rows, Samples
from netviz.datasets.mapped import mapped
from netviz.datasets.sequences import Tokenizer
from netviz.datasets.table import read_lines, read_table
from netviz.files import FileProblem, shown, write_atomically
from netviz.i18n import _


def run(options: argparse.Namespace) -> int:
    """Predict and write."""
    if options.out and Path(options.out).suffix.lower() not in (".csv", ".npy"):
        raise FileProblem(_("{name}: predictions are written as .csv or .npy.").format(name=shown(options.out)))
    project = opening.opened(options.file)
    if project.frame is None:
        sentence = _("{name} is not trained; `netviz train {name} --save PATH` trains it and keeps the result.")
        raise FileProblem(sentence.format(name=options.file))
    blas.use_threads()
    samples = project.experiment.samples()
    network = project.experiment.network(samples)
    predictions = samples.in_units(network.predict(project.frame.params, _features(options.table, samples)))
    _write(options.out, predictions, samples)
    return 0


def _features(path: str, samples: Samples) -> Rows:
    """The rows to predict, (rows, *shape), as training would see them; those of an array stay in their file."""
    count = size(samples.row_shape)
    if samples.words and Path(path).suffix.lower() == ".txt":
        return samples.scaled(Tokenizer(samples.words).encode(read_lines(path), count))
    if Path(path).suffix.lower() != ".npy":
        return samples.scaled(read_table(path, samples.features, count))
    array = mapped(path)
    if size(array.shape[1:]) != count:
        sentence = _("{name} has the shape {found}; rows of {wanted} features are needed.")
        raise FileProblem(sentence.format(name=shown(path), found=array.shape, wanted=count))
    rows = array.reshape(len(array), *samples.row_shape)
    return MappedRows(rows, dtype=samples.x.dtype, scale=samples.feature_scale, name=shown(path))


def _write(out: str | None, predictions: Array, samples: Samples) -> None:
    if out and Path(out).suffix.lower() == ".npy":
        memory = io.BytesIO()
        np.save(memory, predictions, allow_pickle=False)
        write_atomically(out, memory.getvalue())
        return
    text = _csv(predictions, samples)
    if out:
        write_atomically(out, text.encode())
    else:
        sys.stdout.write(text)


def _csv(predictions: Array, samples: Samples) -> str:
    """One line for each row: its class and the probabilities, or its targets."""
    flat = predictions.reshape(len(predictions), -1)
    memory = io.StringIO()
    writer = csv.writer(memory, lineterminator="\n")
    if samples.classes:
        shares = np.concatenate([1 - flat, flat], 1) if flat.shape[1] == 1 else flat
        names = samples.classes[: shares.shape[1]]
        writer.writerow(["class", *names])
        writer.writerows([names[row.argmax()], *map(_plain, row)] for row in shares)
    else:
        targets = samples.targets or tuple(f"y{i + 1}" for i in range(flat.shape[1]))
        writer.writerow(targets)
        writer.writerows(map(_plain, row) for row in flat)
    return memory.getvalue()


def _plain(number: np.floating) -> str:
    """The shortest text that reads back as the same number."""
    return np.format_float_positional(number, trim="0") if 1e-5 < abs(number) < 1e16 or not number else str(number)
