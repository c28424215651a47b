"""`netviz check`: what is wrong with projects, one problem a line."""

from __future__ import annotations

import argparse
import sys

from netviz.cli import opening
from netviz.document.problems import problems
from netviz.files import FileProblem


def run(options: argparse.Namespace) -> int:
    """0 when all is well, 1 when a project has problems, 2 when a file cannot be opened."""
    code = 0
    for file in options.files:
        try:
            project = opening.opened(file)
        except FileProblem as problem:
            print(f"netviz: {problem}", file=sys.stderr)
            code = 2
            continue
        for found in problems(project.experiment):
            print(f"{file}: {found.sentence}")
            code = max(code, 1)
    return code
