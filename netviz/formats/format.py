"""What a format is: a way to put a trained network into files that other programs use, and to read such files.

A member says what it writes and what it cannot; `netviz.formats.proof` writes the files whole or not at all, after they
have been proved by another road than that which wrote them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from netviz.arrays import Array
from netviz.files import FileProblem, read_limited, shown
from netviz.formats.described import network_of
from netviz.formats.imported import Imported
from netviz.formats.trained import Rows, Trained
from netviz.formats.weights import Weights
from netviz.i18n import N_, _
from netviz.registry import Registry

formats: Registry[Format] = Registry("format")

DESCRIPTION = "netviz.json"
MOST_BYTES = 2**31


class NoNetwork(FileProblem):
    """A file that holds weights alone."""


@dataclass(frozen=True)
class Preview:
    """What an export will write. files: names with what is in each. along, left_out: what goes along and what does not."""

    files: tuple[tuple[str, str], ...]
    along: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{name}: {what}" for name, what in self.files]
        lines += [_("Goes along: {what}.").format(what=", ".join(self.along))] if self.along else []
        lines += [_("Stays behind: {what}.").format(what=", ".join(self.left_out))] if self.left_out else []
        return "\n".join(lines)


@dataclass(frozen=True)
class Outcome:
    """Predictions from written files, (rows, ...), and by what they were made: "Keras 3.15", "netviz' own reader".

    Where nothing here can make them they are None, and `by` says why.
    """

    predictions: Array | None
    by: str


class Format(ABC):
    """One kind of export. Members are made without settings; `suffixes` are in small letters, with their dot (or _)
    and the usual one first.

    unread: why files of this kind are not read, where they are not. exports: whether files of this kind are written.
    arrays: whether every array reads back, bit for bit; a program that holds them in another form is proved by its
    predictions alone. in_units: whether the files take features in their own units and give predictions in theirs; else
    both are scaled as in training. tolerance: the largest difference of a prediction in a proof, as a share of
    the largest prediction (of 1, where all are smaller). single: whether predictions are made in single
    precision whatever the network's is. flavour: for whom it is, where several formats share an ending.
    """

    suffixes: ClassVar[tuple[str, ...]]
    unread: ClassVar[str] = N_("{name} is a program; netviz does not read weights from one.")
    flavour: ClassVar[str] = ""
    exports: ClassVar[bool] = True
    arrays: ClassVar[bool] = True
    in_units: ClassVar[bool] = False
    single: ClassVar[bool] = False
    tolerance: ClassVar[float] = 1e-6

    # --------------------------------------------------------------------------------------------------- writing

    def refusal(self, trained: Trained) -> str:
        """Why this network cannot be written so, as a sentence that names the layer; empty where it can."""
        return ""

    @abstractmethod
    def describe(self, trained: Trained, name: str) -> Preview:
        """What `write` will write, for a person to decide on."""

    def excerpt(self, trained: Trained, name: str) -> str:
        """The text that `name` will hold, without its many numbers, for a person to read; empty where it is no text."""
        return ""

    @abstractmethod
    def write(self, trained: Trained, name: str) -> dict[str, bytes]:
        """Content by file name, `name` first; equal arguments give equal bytes.

        Companions stand in the same folder and take their names from `name` (model.py, model.safetensors). Each part of
        a set must refuse to work with the parts of another, because a crash can leave a mixture.
        """

    @abstractmethod
    def predict(self, trained: Trained, path: Path, rows: Rows) -> Outcome:
        """Predictions for rows by the files as they lie on the disk, made by another road than the writer's."""

    # --------------------------------------------------------------------------------------------------- reading

    @classmethod
    def imports(cls) -> bool:
        """Whether files of this kind can be read."""
        own = ((cls.read, Format.read), (cls.read_beside, Format.read_beside), (cls.read_network, Format.read_network))
        return any(mine is not plain for mine, plain in own)

    def recognises(self, data: bytes) -> bool:
        """Whether the content looks like this format, whatever the file is called."""
        return False

    def read(self, data: bytes, name: str) -> Weights:
        """The arrays of a file that may be damaged or hostile; FileProblem begins with `name`, as it is shown.

        Under the file's own names, which are netviz' where netviz wrote it.
        """
        raise FileProblem(_(self.unread).format(name=name))

    def read_beside(self, data: bytes, name: str, folder: Path) -> Weights:
        """The same for formats that keep numbers in other files of the folder."""
        return self.read(data, name)

    def read_network(self, data: bytes, name: str, folder: Path | None = None) -> Imported:
        """The network in a file; NoNetwork where it holds weights alone.

        folder: where the file lies, for formats that keep numbers beside it; None: nothing else is read.
        """
        if not self.imports():
            raise FileProblem(_(self.unread).format(name=name))
        sentence = _("{name} holds weights and no network; draw the network first and load them onto it.")
        raise NoNetwork(sentence.format(name=name))

    def described_network(self, data: bytes, name: str, folder: Path) -> Imported | None:
        """The network that weights written by netviz say they are of; None where they say nothing of the kind."""
        return network_of(self.read_beside(data, name, folder))

    def read_back(self, trained: Trained, path: Path) -> Weights:
        """The arrays of written files under netviz' names, for the proof."""
        return self.read(read_limited(path, MOST_BYTES), shown(path))
