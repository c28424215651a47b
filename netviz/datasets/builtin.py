"""Data that comes with the program: the article's random numbers, and real tables stored under resources/data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from netviz import resources
from netviz.datasets.dataset import Data, Dataset, datasets
from netviz.i18n import N_


@datasets.register("article", title=N_("Article"))
@dataclass(frozen=True)
class Article(Dataset):
    """1000 rows of ten uniform numbers with random labels, seed 0, as the article's script draws them."""

    def load(self) -> Data:
        legacy = np.random.RandomState(0)  # what np.random.seed(0) seeds
        x = legacy.rand(1000, 10)
        y = legacy.randint(0, 2, 1000)
        return Data(x, y.astype(np.int64), "classification", tuple(f"x{i + 1}" for i in range(10)), ("0", "1"))


@dataclass(frozen=True)
class Stored(Dataset):
    """A table written by packaging/make_data.py; SOURCES.md beside it names where it comes from."""

    table: ClassVar[bool] = True
    stem: ClassVar[str]

    def load(self) -> Data:
        return _stored(self.stem)


@lru_cache(maxsize=8)
def _stored(stem: str) -> Data:
    with np.load(resources.path("data", f"{stem}.npz"), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    x, y = arrays["x"], arrays["y"]
    features = tuple(map(str, arrays["feature_names"]))
    if "class_names" in arrays:
        return Data(x, y.astype(np.int64), "classification", features, tuple(map(str, arrays["class_names"])))
    return Data(x, y.reshape(len(y), -1), "regression", features, targets=(str(arrays["target_name"]),))


@datasets.register("iris", title=N_("Iris"))
@dataclass(frozen=True)
class Iris(Stored):
    """150 flowers of three species by four lengths (Fisher, 1936)."""

    stem = "iris"


@datasets.register("wine", title=N_("Wine"))
@dataclass(frozen=True)
class Wine(Stored):
    """178 wines from three growers by 13 chemical measures (Aeberhard and Forina, 1992)."""

    stem = "wine"


@datasets.register("breast_cancer", "breast-cancer", title=N_("Breast cancer"))
@dataclass(frozen=True)
class BreastCancer(Stored):
    """569 tumours, malignant or benign, by 30 measures of their cells (Wolberg et al., 1995)."""

    stem = "breast_cancer"


@datasets.register("digits", title=N_("Digits 8×8"))
@dataclass(frozen=True)
class Digits(Stored):
    """1797 handwritten digits of 8×8 grey pixels, (8, 8, 1) (Alpaydin and Kaynak, 1998)."""

    table: ClassVar[bool] = False
    stem = "digits"

    def load(self) -> Data:
        stored = _stored(self.stem)
        images = stored.x.reshape(-1, 8, 8, 1) / 16  # the pixels are counts from 0 to 16
        return Data(images, stored.y, "classification", (), stored.classes)


@datasets.register("diabetes", title=N_("Diabetes"))
@dataclass(frozen=True)
class Diabetes(Stored):
    """How far diabetes had gone in 442 patients after a year, by ten measures (Efron et al., 2004)."""

    stem = "diabetes"
