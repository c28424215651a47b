"""Branches: what became of a training before it was taken another way, kept to be compared and to be gone on with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from netviz.engine.frame import Frame
from netviz.engine.run import Run, Start
from netviz.i18n import _

MOST_BRANCHES = 32


@dataclass(frozen=True)
class Branch:
    """A run that is not the one at hand, and how far it had come: its newest settled frame, which holds its curves."""

    name: str
    run: Run
    frame: Frame


def fork(one: Run, other: Run) -> int | None:
    """After how many updates two runs part; None where they have nothing in common."""
    if not _same_start(one.start, other.start) or one.blas_threads != other.blas_threads:
        return None
    pairs = list(zip(one.segments, other.segments, strict=False))
    for mine, theirs in pairs:
        if mine != theirs:
            return min(mine.step, theirs.step)
    rest = [*one.segments[len(pairs) :], *other.segments[len(pairs) :]]
    return rest[0].step if rest else max(one.segments[-1].step, other.segments[-1].step)


def _same_start(one: Start, other: Start) -> bool:
    if one is other:
        return True
    if (one.updates, one.epochs, len(one.slots)) != (other.updates, other.epochs, len(other.slots)):
        return False
    pairs = zip([("", one.params), *one.slots], [("", other.params), *other.slots], strict=True)
    return all(name == named and np.array_equal(mine, theirs) for (name, mine), (named, theirs) in pairs)  # type: ignore[arg-type]


def new_name(taken: Iterable[str]) -> str:
    """A name that no other branch has."""
    names, number = set(taken), 1
    while (name := _("Branch {n}").format(n=number)) in names:
        number += 1
    return name
