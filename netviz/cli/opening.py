"""What FILE on a command line means: an example, a project, or a network of another program."""

from __future__ import annotations

import sys
from pathlib import Path

from netviz import blas, formats
from netviz.document.examples import PREFIX, resolve
from netviz.document.projectfile import SUFFIX, Project
from netviz.engine.train import train
from netviz.formats import Imported
from netviz.i18n import _


def opened(file: str) -> Project:
    """The project; of another program's file what could not be taken is said on standard error."""
    return imported_project(told(file)) if is_foreign(file) else resolve(file)


def is_foreign(file: str) -> bool:
    """Whether the name is that of another program's file."""
    name = Path(file).name.lower()
    endings = [suffix for form in formats.formats for suffix in formats.formats[form].suffixes if formats.formats[form].imports()]
    return not file.startswith(PREFIX) and not name.endswith(SUFFIX) and name.endswith(tuple(endings))


def told(file: str) -> Imported:
    """The network in a file, after what of it is left out has been said."""
    imported = formats.read_network(file)
    for part in imported.left_out:
        print(_("Left out: {part}").format(part=part), file=sys.stderr)
    return imported


def imported_project(imported: Imported) -> Project:
    """A document of a network from elsewhere, its weights those of the file, or fresh where that has none."""
    blas.use_threads()
    experiment = formats.experiment_of(imported)
    begun = formats.run_of(imported, experiment)
    return Project(experiment, begun, next(iter(train(begun, experiment.samples()))).frame())
