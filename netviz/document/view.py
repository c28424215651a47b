"""Where the user is looking: no part of the document, so it is neither undone nor saved with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from netviz.codec import Checked, Range, Title
from netviz.i18n import N_

Index = Annotated[int, Range(low=0)]
Links = Literal["weights", "gradients", "updates", "ratio", "flow"]
Units = Literal["function", "value", "delta", "gradient"]


@dataclass(frozen=True)
class View(Checked):
    """What is selected and how it is shown.

    layer, unit: the selection. sample: which training row flows through the network; None for none.
    colors: which numbers the links show. units: and the units. epoch: the one under the cursor; None is the newest.
    locked: the scale stays as it is, to compare moments. follow: in the phases of an update links and units show what
    each has just computed.
    """

    layer: Index | None = None
    unit: Index | None = None
    sample: Index | None = None
    colors: Annotated[Links, Title(N_("Links show"))] = "weights"
    units: Annotated[Units, Title(N_("Units show"))] = "function"
    epoch: Index | None = None
    locked: bool = False
    follow: bool = True
