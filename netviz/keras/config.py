"""The precision that new models are made in. Source: https://keras.io/api/utils/config_utils"""

from __future__ import annotations

from typing import Literal

from netviz.i18n import _

Precision = Literal["float32", "float64"]

_floatx: list[Precision] = ["float32"]


def floatx() -> Precision:
    """ "float32" (the default) or "float64"."""
    return _floatx[0]


def set_floatx(value: str) -> None:
    """Make every model that is built from now on compute in "float32" or "float64"."""
    if value == "float32":
        _floatx[0] = "float32"
    elif value == "float64":
        _floatx[0] = "float64"
    else:
        raise ValueError(_("floatx can be float32 or float64, not {value}.").format(value=repr(value)))
