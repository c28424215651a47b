"""Files of weights that netviz has written: their description says which network the weights are of.

It is believed as far as the arrays have its shapes; a file whose description says anything else holds weights alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netviz.codec import InvalidValue, decode, fields_of
from netviz.datasets import Scale
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Activation, LayerProblem
from netviz.engine.network import NetworkProblem
from netviz.files import FileProblem
from netviz.formats.imported import LOGITS, Imported, LeftOut, filled
from netviz.formats.keras.layers import output_activation
from netviz.formats.weights import Weights
from netviz.i18n import _
from netviz.registry import UnknownName
from netviz.strict_json import parse_json

_TAKEN = ("loss", "optimizer", "schedule", "metrics", "epochs", "batch_size", "stopping", "class_weight", "shuffle", "seed")
_WRONG = (InvalidValue, UnknownName, LayerProblem, NetworkProblem, FileProblem, KeyError, TypeError, ValueError, AttributeError)


def network_of(found: Weights) -> Imported | None:
    """The network that a file's description names, with the file's weights; None where there is none that fits them."""
    try:
        return _network(parse_json(found.description, ""), found) if found.description else None
    except _WRONG:
        return None


def _network(plain: Mapping[str, Any], found: Weights) -> Imported:
    described, kinds = plain["experiment"], fields_of(Experiment)
    layers = decode(kinds["layers"], described["layers"])
    settings = {key: decode(kinds[key], described[key]) for key in _TAKEN}
    shape = tuple(int(n) for n in plain["input_shape"])
    provenance = plain.get("provenance", {})
    left = list[LeftOut]()
    if settings["optimizer"].slot_names and provenance.get("updates"):
        left.append(LeftOut(_("the optimizer's memory"), "optimizer", _("the file does not hold it")))
    if plain["from_logits"]:
        layers = (*layers, Activation(output_activation(settings["loss"])))
        left.append(LeftOut(LOGITS, "loss", _("the activation that it stands for is a layer of its own here")))
    made = Imported(
        layers, shape, settings, found.arrays, feature_scale=_scale(plain["feature_scale"]),
        target_scale=_scale(plain["target_scale"]), from_logits=bool(plain["from_logits"]), left_out=tuple(left),
        origin=provenance,
    )  # fmt: skip
    filled(made.network(), layers, found.arrays, described["dtype"])
    return made


def _scale(plain: Mapping[str, Any] | None) -> Scale | None:
    return None if plain is None else Scale(np.array(plain["mean"], np.float64), np.array(plain["deviation"], np.float64))
