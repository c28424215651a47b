"""What a problem is, for those who find problems and those who show them."""

from __future__ import annotations

from dataclasses import dataclass

from netviz.engine.experiment import Experiment


@dataclass(frozen=True)
class Problem:
    """One thing to mend: at a layer, at a field of the experiment (`stopping.monitor`), or in general.

    fix: the experiment after a click on `fix_title`, where one click can mend it.
    """

    sentence: str
    layer: int | None = None
    field: str | None = None
    fix: Experiment | None = None
    fix_title: str = ""
