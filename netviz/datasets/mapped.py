"""Data larger than memory: features and targets in `.npy` files, of which a batch at a time is read."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from tokenize import TokenError
from typing import Annotated, Literal

import numpy as np

from netviz.arrays import Array
from netviz.codec import FileName, Range, Title
from netviz.datasets.dataset import Data, Dataset, Task, datasets
from netviz.datasets.given import targets
from netviz.datasets.problem import DataProblem
from netviz.datasets.rows import MappedRows
from netviz.files import FileProblem, shown, stat_ordinary
from netviz.i18n import N_, _

# What numpy.load says of files that are not what they seem.
BROKEN = (ValueError, EOFError, OSError, TypeError, SyntaxError, OverflowError, MemoryError, RecursionError, TokenError)

_SOON_READ_BYTES = 64 * 1024 * 1024  # files up to this size are checked as a whole before anything is trained
_MOST_TARGETS_BYTES = 1024 * 1024 * 1024


@datasets.register("mapped", title=N_("Files (.npy)"))
@dataclass(frozen=True)
class Mapped(Dataset):
    """Rows from two .npy files: features x (rows, ...) of any size, read a batch at a time, and targets y.

    x is never in memory as a whole: it is mapped (numpy.load with mmap_mode="r"), and each batch is copied out, scaled
    and checked as it is read; files up to 64 MB are also checked beforehand. y is read whole: class numbers (rows,), or
    numbers (rows,) or (rows, outputs).
    task: "auto" takes whole numbers from 0 on with one axis for classes. validation_rows: how many of the last rows are
    kept for validation; None leaves the split to the experiment.
    DataProblem where a file is missing, cut short, holds Python objects, or lies in memory column by column.
    Source: https://numpy.org/doc/stable/reference/generated/numpy.load.html
    """

    x: Annotated[str, FileName(N_("Features x"), ".npy")] = ""
    y: Annotated[str, FileName(N_("Targets y"), ".npy")] = ""
    task: Annotated[Literal["auto", "classification", "regression"], Title(N_("Task"))] = "auto"
    validation_rows: Annotated[int, Range(low=0, title=N_("Rows held back"))] | None = None

    def load(self) -> Data:
        if not self.x or not self.y:
            raise DataProblem(_("Name two .npy files: the features x and the targets y."))
        try:
            return _opened(self, _stamp(self.x), _stamp(self.y))
        except FileProblem as problem:
            raise DataProblem(str(problem)) from None


def _stamp(path: str) -> tuple[int, ...]:
    """What changes when a file is written anew."""
    found = stat_ordinary(os.path.expanduser(path))
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


@lru_cache(maxsize=4)
def _opened(files: Mapped, *stamps: tuple[int, ...]) -> Data:
    x, y = mapped(files.x), mapped(files.y)
    if y.nbytes > _MOST_TARGETS_BYTES:
        sentence = _("{name} holds more than 1 GB of targets; these are read into memory, only features are not.")
        raise DataProblem(sentence.format(name=shown(files.y)))
    held = files.validation_rows
    if held is not None and held >= len(x) > 0:
        raise DataProblem(_("All {n} rows are kept for validation; keep fewer.").format(n=len(x)))
    if x.nbytes <= _SOON_READ_BYTES:
        deque(MappedRows(x).blocks(), 0)  # each is checked as it is read
    whole = np.array(y)
    task: Task = task_of(whole) if files.task == "auto" else files.task
    numbers, classes = targets(whole, task)
    return Data(x, numbers, task, (), classes, validation_rows=held)


def task_of(y: Array) -> Task:
    """What targets ask for: whole numbers from 0 on with one axis are classes."""
    whole = y.ndim == 1 and y.dtype.kind in "iub" and int(y.min(initial=0)) >= 0
    return "classification" if whole else "regression"


def mapped(path: str) -> Array:
    """The array of numbers in a .npy file, (rows, ...), as a read-only memory map; DataProblem says what is wrong."""
    file = os.path.expanduser(path)
    try:
        stat_ordinary(file)
        array = np.load(file, mmap_mode="r", allow_pickle=False)
    except FileProblem as problem:
        raise DataProblem(str(problem)) from None
    except BROKEN as problem:
        raise DataProblem(_why(path, str(problem))) from None
    if not isinstance(array, np.memmap):
        getattr(array, "close", lambda: None)()
        sentence = _("{name} holds several arrays; save features and targets as a .npy file each.")
        raise DataProblem(sentence.format(name=shown(path)))
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        sentence = _("{name} holds {kind} values; real numbers of at most 8 bytes are needed.")
        raise DataProblem(sentence.format(name=shown(path), kind=shown(str(array.dtype))))
    if not array.ndim or 0 in array.shape:
        sentence = _("{name} has the shape {shape}; rows of numbers are needed.")
        raise DataProblem(sentence.format(name=shown(path), shape=array.shape))
    if not array.flags.c_contiguous:
        sentence = _("{name} is stored column by column (Fortran order), so no row can be read by itself; {mend}.")
        mend = "numpy.save(..., numpy.ascontiguousarray(x))"
        raise DataProblem(sentence.format(name=shown(path), mend=mend))
    return array


def _why(path: str, said: str) -> str:
    """NumPy's complaint about a file as a sentence for people."""
    name = shown(path)
    if "Python objects" in said or "Object arrays" in said:
        return _("{name} holds Python objects; save plain numbers, of one dtype.").format(name=name)
    if "greater than file size" in said:
        return _("{name} is shorter than its header says; it was cut off. Write it again.").format(name=name)
    return _("{name} is not a .npy file of numbers, or it is damaged.").format(name=name)
