"""Write the real data sets under resources/data, from scikit-learn's copies: run once, not at build or run time.

    python packaging/make_data.py        (needs scikit-learn)

Each file is an .npz without pickles: x (rows, features), y, feature_names and class_names or target_name. The bytes
are the same every time, so a change shows in a diff.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "data"


def main() -> None:
    """Write all files."""
    from sklearn import datasets  # here, so that `write` can be had without it

    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("iris", "wine", "breast_cancer", "digits"):
        write(name, classes(getattr(datasets, f"load_{name}")()))
    write("diabetes", diabetes(datasets.load_diabetes(scaled=False)))


def classes(bunch: Any) -> dict[str, np.ndarray]:
    """A classification: class numbers and their names."""
    return {
        "x": smallest(bunch.data),
        "y": bunch.target.astype(np.int8),
        "feature_names": np.array([str(name) for name in bunch.feature_names]),
        "class_names": np.array([str(name) for name in bunch.target_names]),
    }


def diabetes(bunch: Any) -> dict[str, np.ndarray]:
    """A regression, with the measures in their own units."""
    names = ["age", "sex", "body mass index", "blood pressure", "total cholesterol", "low-density lipoproteins",
             "high-density lipoproteins", "cholesterol ratio", "log triglycerides", "blood sugar"]  # fmt: skip
    return {
        "x": bunch.data,
        "y": bunch.target,
        "feature_names": np.array(names),
        "target_name": np.array("disease progression"),
    }


def smallest(values: np.ndarray) -> np.ndarray:
    """The same numbers in fewer bytes where that loses nothing."""
    bytes_ = values.astype(np.uint8)
    return bytes_ if np.array_equal(bytes_, values) else values


def write(name: str, arrays: Mapping[str, np.ndarray]) -> None:
    """An .npz with fixed dates."""
    with zipfile.ZipFile(FOLDER / f"{name}.npz", "w") as archive:
        for key, array in arrays.items():
            memory = io.BytesIO()
            np.save(memory, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, memory.getvalue())
    print(name, {key: array.shape for key, array in arrays.items()})


if __name__ == "__main__":
    main()
