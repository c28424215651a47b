"""What early stopping can watch, in words."""

from __future__ import annotations

import re

from netviz.document.outputs import watchable
from netviz.engine.experiment import Experiment
from netviz.engine.metrics import metrics
from netviz.i18n import _

_NAMES = ("Poisson", "Kullback")  # people's, which keep their capital


def monitors(experiment: Experiment) -> list[tuple[str, str]]:
    """(title, column) of all that early stopping can watch."""
    dataset = experiment.dataset
    held = getattr(dataset, "validation_rows", 1) if dataset.splits_itself else experiment.preprocessing.validation_split
    validated = held > 0
    titles = {name: _("loss") if name == "loss" else within(metrics.title(name)) for name in watchable(experiment)}
    trained = [(_("Training {name}").format(name=title), name) for name, title in titles.items()]
    tested = [(_("Validation {name}").format(name=title), f"val_{name}") for name, title in titles.items()]
    return (tested if validated else []) + trained


def within(title: str) -> str:
    """A title within a sentence: its first letter is small, unless the word is a name or letters of their own."""
    first = re.split(r"[\s-]", title)[0]
    return title if first in _NAMES or not first[1:].islower() else title[:1].lower() + title[1:]
