"""A failure as a value: what the trainer's thread says instead of dying."""

from __future__ import annotations

import traceback

from netviz.datasets import DataProblem
from netviz.engine.layers import LayerProblem
from netviz.engine.network import NetworkProblem
from netviz.engine.train import Diverged
from netviz.i18n import _
from netviz.runtime.commands import Fault


def fault_of(problem: Exception) -> Fault:
    """A failure as a value; a traceback only where nobody foresaw it."""
    if isinstance(problem, Diverged):
        return Fault(str(problem), step=problem.step)
    if isinstance(problem, NetworkProblem | LayerProblem | DataProblem):
        return Fault(str(problem))
    trace = "".join(traceback.format_exception(problem))
    return Fault(_("Training failed: {why}").format(why=problem), trace)
