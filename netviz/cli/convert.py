"""`netviz convert`: a network of another program in, a project or another program's file out."""

from __future__ import annotations

import argparse
from pathlib import Path

from netviz import blas, formats
from netviz.cli import asking, opening
from netviz.document.projectfile import SUFFIX, save
from netviz.i18n import _


def run(options: argparse.Namespace) -> int:
    """Read, say what could not be taken, write."""
    project = Path(options.out).suffix.lower() == SUFFIX
    if not project:
        formats.for_export(options.out, options.flavour)
    imported = opening.told(options.file)
    force = asking.may_replace([options.out], options.force)
    if not project:
        blas.use_threads()
        print(formats.export(options.out, formats.trained_of(imported), force, options.flavour).sentence)
        return 0
    made = opening.imported_project(imported)
    save(options.out, made)
    sentence = _("Wrote {path}: {n} layers, with data that stand in until you choose some.")
    if "dataset" in imported.settings:
        sentence = _("Wrote {path}: {n} layers with their data.")
    print(sentence.format(path=options.out, n=len(made.experiment.layers)))
    return 0
