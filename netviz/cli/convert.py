"""`netviz convert`: a network of another program in, a project or another program's file out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from netviz import blas, formats
from netviz.cli import asking
from netviz.document.projectfile import SUFFIX, Project, save
from netviz.engine.train import train
from netviz.i18n import _


def run(options: argparse.Namespace) -> int:
    """Read, say what could not be taken, write."""
    project = Path(options.out).suffix.lower() == SUFFIX
    if not project:
        formats.for_export(options.out, options.flavour)
    imported = formats.read_network(options.file)
    for part in imported.left_out:
        print(_("Left out: {part}").format(part=part), file=sys.stderr)
    force = asking.may_replace([options.out], options.force)
    blas.use_threads()
    if not project:
        print(formats.export(options.out, formats.trained_of(imported), force, options.flavour).sentence)
        return 0
    experiment = formats.experiment_of(imported)
    begun = formats.run_of(imported, experiment)
    frame = next(iter(train(begun, experiment.samples()))).frame()
    save(options.out, Project(experiment, begun, frame))
    sentence = _("Wrote {path}: {n} layers, with data that stand in until you choose some.")
    print(sentence.format(path=options.out, n=len(experiment.layers)))
    return 0
