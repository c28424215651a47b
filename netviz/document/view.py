"""Where the user is looking: no part of the document, so it is neither undone nor saved with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from netviz.codec import Checked, Range, Title
from netviz.i18n import N_

Index = Annotated[int, Range(low=0)]


@dataclass(frozen=True)
class View(Checked):
    """What is selected and how it is shown.

    layer, unit: the selection. sample: which training row flows through the network; None for none.
    colors: which numbers the links show. epoch: the one under the cursor; None is the newest.
    """

    layer: Index | None = None
    unit: Index | None = None
    sample: Index | None = None
    colors: Annotated[Literal["weights", "gradients", "updates"], Title(N_("Links show"))] = "weights"
    epoch: Index | None = None
