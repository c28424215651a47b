"""Random flips, shifts, rotations and zooms by Keras 3 on PyTorch, in float64, with the transforms injected.

    python tests/golden/make_augmentation.py

Imports Keras and never netviz. Writes augmentation.npz: "cases", JSON of settings; CASE/x, CASE/up = ∂L/∂y, CASE/drawn
(what Keras' generator gave the layer, call by call, (calls, rows)), CASE/y and CASE/dx.
Keras' maps of shifts and zooms are float32: those drawn here are fractions that float32 holds exactly.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from make_keras import use_float64

HERE = Path(__file__).resolve().parent
ROWS = 4

Case = dict[str, Any]


def cases() -> list[Case]:
    """Each layer with each filling and each way to read between pixels, on images of several forms."""
    found: list[Case] = []
    for mode in ("horizontal", "vertical", "horizontal_and_vertical"):
        found.append({"name": f"flip_{mode}", "layer": {"class": "RandomFlip", "mode": mode}, "shape": [4, 5, 2]})
    kinds = {
        "shift": ({"class": "RandomTranslation", "height_factor": 0.5, "width_factor": (-0.25, 1.0)}, [8, 4, 2]),
        "rotation": ({"class": "RandomRotation", "factor": 0.4}, [5, 6, 2]),
        "rotation_one_way": ({"class": "RandomRotation", "factor": (0.1, 0.3)}, [4, 4, 1]),
        "zoom": ({"class": "RandomZoom", "height_factor": 0.75}, [5, 7, 2]),
        "zoom_each_axis": ({"class": "RandomZoom", "height_factor": (0.0, 1.0), "width_factor": (-0.75, -0.25)}, [5, 9, 1]),
    }
    for kind, (layer, shape) in kinds.items():
        for fill in ("reflect", "wrap", "constant", "nearest"):
            for reading in ("bilinear", "nearest"):
                more = {"fill_mode": fill, "interpolation": reading} | ({"fill_value": 0.5} if fill == "constant" else {})
                found.append({"name": f"{kind}_{fill}_{reading}", "layer": layer | more, "shape": shape})
    return found


class Injected:
    """Has Keras draw multiples of 1/64 of the width asked for, which are kept."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.drawn: list[np.ndarray] = []

    def uniform(self, shape: Any, minval: float = 0.0, maxval: float = 1.0, **_more: Any) -> Any:
        part = self.rng.integers(0, 65, size=tuple(shape)) / 64
        drawn = minval + (maxval - minval) * part
        self.drawn.append(drawn.ravel())
        return torch.tensor(drawn)


def changed(case: Case, seed: int) -> dict[str, np.ndarray]:
    """One layer's arrays."""
    rng = np.random.default_rng(seed)
    settings = dict(case["layer"])
    layer = getattr(keras.layers, settings.pop("class"))(**settings)
    injected = Injected(rng)
    layer.backend.random.uniform = injected.uniform
    x = rng.normal(size=(ROWS, *case["shape"]))
    watched = torch.tensor(x, requires_grad=True)
    y = layer(watched, training=True)
    up = rng.normal(size=tuple(y.shape))
    (y * torch.tensor(up)).sum().backward()
    return {"x": x, "up": up, "drawn": np.array(injected.drawn), "y": y.detach().numpy(), "dx": watched.grad.numpy()}


def main() -> None:
    """Write everything."""
    use_float64()
    arrays = {"cases": np.array(json.dumps(cases()))}
    for seed, case in enumerate(cases()):
        arrays |= {f"{case['name']}/{key}": value for key, value in changed(case, seed).items()}
        print(case["name"], flush=True)
    np.savez_compressed(HERE / "augmentation.npz", **arrays)


if __name__ == "__main__":
    main()
