"""`netviz export`: a trained project in, files for other programs out, each with its proof."""

from __future__ import annotations

import argparse

from netviz import blas, formats
from netviz.cli import asking, opening
from netviz.engine.run import Run
from netviz.files import FileProblem
from netviz.i18n import _


def run(options: argparse.Namespace) -> int:
    """Write every file, or say what would be written."""
    for path in options.out:
        formats.for_export(path, options.flavour)
    project = opening.opened(options.file)
    if project.frame is None:
        sentence = _("{name} is not trained; `netviz train {name} --save PATH` trains it and keeps the result.")
        raise FileProblem(sentence.format(name=options.file))
    trained = formats.Trained.of(project.run or Run.of(project.experiment), project.frame)
    if options.preview:
        for path in options.out:
            print(formats.describe(path, trained, options.flavour))
        return 0
    force = asking.may_replace(asking.written(options.out, trained, options.flavour), options.force)
    blas.use_threads()
    for path in options.out:
        print(formats.export(path, trained, force, options.flavour).sentence)
    return 0
