"""Data by the names of its files: two `.npy` files that stay where they are, or one `.npz` that is read."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from netviz.archive import read_archive
from netviz.datasets.dataset import Dataset
from netviz.datasets.given import Arrays
from netviz.datasets.mapped import BROKEN, Mapped, task_of
from netviz.datasets.problem import DataProblem
from netviz.files import FileProblem, shown
from netviz.i18n import _

_MOST_BYTES = 1024 * 1024 * 1024


def given(paths: Sequence[str]) -> Dataset:
    """The data set that X.npy Y.npy, or DATA.npz with arrays x and y, hold; DataProblem says what is wrong."""
    kinds = [Path(path).suffix.lower() for path in paths]
    if kinds == [".npy", ".npy"]:
        x, y = (os.path.abspath(os.path.expanduser(path)) for path in paths)
        dataset: Dataset = Mapped(x, y)
    elif kinds == [".npz"]:
        dataset = _together(paths[0])
    else:
        raise DataProblem(_("Data is two files, X.npy and Y.npy, or one .npz with arrays x and y."))
    dataset.load()  # what is wrong is said at once
    return dataset


def _together(path: str) -> Arrays:
    try:
        members = read_archive(path, {"*.npy": _MOST_BYTES})
        x, y = (np.load(io.BytesIO(members[name]), allow_pickle=False) for name in ("x.npy", "y.npy"))
    except FileProblem as problem:
        raise DataProblem(str(problem)) from None
    except (*BROKEN, KeyError):
        sentence = _("{name} is no .npz of numbers with arrays named x and y, or it is damaged.")
        raise DataProblem(sentence.format(name=shown(path))) from None
    return Arrays(x, y, task_of(y))
