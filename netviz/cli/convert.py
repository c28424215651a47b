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
    if not project:
        trained = formats.trained_of(imported)
        force = asking.may_replace(asking.written([options.out], trained, options.flavour), options.force)
        blas.use_threads()
        print(formats.export(options.out, trained, force, options.flavour).sentence)
        return 0
    asking.may_replace([options.out], options.force)
    made = opening.imported_project(imported)
    save(options.out, made)
    sentence = _("Wrote {path}: {n} layers, with data that stand in until you choose some.")
    if "dataset" in imported.settings:
        sentence = _("Wrote {path}: {n} layers with their data.")
    print(sentence.format(path=options.out, n=len(made.experiment.layers)))
    return 0
