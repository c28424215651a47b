"""The data of a script: where rows come from, and what shape they have, as far as both can be followed.

Sets that netviz has itself are recognised; of others only the shape counts, because the first layer may need it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from netviz.arrays import Shape
from netviz.formats.keras_script.arithmetic import plain
from netviz.formats.keras_script.values import Data, Method, Outside, Symbol, Unknown
from netviz.i18n import _

# name: (name in netviz, shape of x)
_OWN: Mapping[str, tuple[str, Shape]] = {
    "sklearn.datasets.load_iris": ("iris", (150, 4)), "sklearn.datasets.load_wine": ("wine", (178, 13)),
    "sklearn.datasets.load_breast_cancer": ("breast_cancer", (569, 30)), "sklearn.datasets.load_digits": ("digits", (1797, 64)),
    "sklearn.datasets.load_diabetes": ("diabetes", (442, 10)), "sklearn.datasets.make_moons": ("moons", (100, 2)),
    "sklearn.datasets.make_circles": ("circle", (100, 2)),
}  # fmt: skip
# Sets of Keras': shapes of the training and the test part.
_KERAS: Mapping[str, tuple[Shape | None, Shape | None]] = {
    "mnist": ((60000, 28, 28), (10000, 28, 28)), "fashion_mnist": ((60000, 28, 28), (10000, 28, 28)),
    "cifar10": ((50000, 32, 32, 3), (10000, 32, 32, 3)), "cifar100": ((50000, 32, 32, 3), (10000, 32, 32, 3)),
    "boston_housing": ((404, 13), (102, 13)), "california_housing": ((16512, 8), (4128, 8)),
    "imdb": ((25000,), (25000,)), "reuters": ((8982,), (2246,)),
}  # fmt: skip
_AS_IT_IS = frozenset({"astype", "copy", "numpy", "to_numpy", "tolist", "fillna", "toarray"})
_RANDOM = {
    "rand": 0, "randn": 0, "random": None, "random_sample": None, "normal": None, "uniform": None, "randint": None,
    "standard_normal": None, "integers": None, "choice": None, "binomial": None,
}  # fmt: skip
_SHAPING = frozenset({"zeros", "ones", "empty"})
DRAWN = ("moons", "circle")  # they are drawn at random, there as here
WRITTEN = "numbers in the script"
SCALERS = ("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler")


def loaded(path: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
    """What a loader of data gives; None where the name is no loader's."""
    if path.startswith("keras.datasets.") and path.endswith(".load_data"):
        name = path.split(".")[-2]
        train, test = _KERAS.get(name, (None, None))
        parts = [
            (Data(name, shape), Data(name, shape and shape[:1], "y")) for shape in (train, test)
        ]  # fmt: skip
        return tuple(parts)
    if path in _OWN:
        name, shape = _OWN[path]
        settings: tuple[tuple[str, Any], ...] = ()
        if name in DRAWN:
            count = named.get("n_samples", arguments[0] if arguments else 100)
            noise, seed = named.get("noise"), named.get("random_state")
            rows = count if isinstance(count, int) else 100
            given = {"count": rows, "noise": noise, "seed": seed}
            settings = tuple((key, value) for key, value in given.items() if isinstance(value, (int, float)))
            shape = (rows, 2)
        x, y = Data(name, shape, settings=settings), Data(name, shape[:1], "y")
        whole = name in DRAWN or named.get("return_X_y") is True
        return (x, y) if whole else {"data": x, "target": y, "images": Data(name, (1797, 8, 8))}
    return None


def numpy_made(path: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
    """Arrays that NumPy makes; None where the name is none of those functions."""
    name = path.rpartition(".")[2]
    if path.startswith("numpy.random.") and name in _RANDOM:
        given = arguments if _RANDOM[name] == 0 else named.get("size", arguments[-1:] and arguments[-1])
        return Data("random numbers", _shape(given))
    if path.startswith("numpy.") and name in _SHAPING:
        return Data(name, _shape(arguments[0] if arguments else None))
    if path in ("numpy.linspace", "numpy.arange"):
        count = arguments[2] if len(arguments) > 2 else named.get("num", 50)
        return Data(name, (count,) if path == "numpy.linspace" and isinstance(count, int) else None)
    if path in ("numpy.array", "numpy.asarray", "numpy.ascontiguousarray", "numpy.squeeze") and arguments:
        found = arguments[0]
        if isinstance(found, Data):
            return found
        return _written(found) if isinstance(found, (list, tuple)) and plain(found) else None
    if path in ("numpy.expand_dims", "numpy.reshape", "keras.ops.expand_dims", "tensorflow.expand_dims") and arguments:
        found = arguments[0]
        if isinstance(found, Data) and name == "reshape":
            return called(found, "reshape", arguments[1:], named)
        if isinstance(found, Data):
            axis = named.get("axis", arguments[1] if len(arguments) > 1 else None)
            return replace(found, shape=_expanded(found.shape, axis))
    return None


def _expanded(shape: Shape | None, axis: Any) -> Shape | None:
    if shape is None or not isinstance(axis, int):
        return None
    at = axis % (len(shape) + 1)
    return (*shape[:at], 1, *shape[at:])


def _shape(given: Any) -> Shape | None:
    if isinstance(given, int):
        given = (given,)
    fits = isinstance(given, (tuple, list)) and all(isinstance(n, int) and n > 0 for n in given)
    return tuple(given) if fits and given else None


def _written(numbers: Any) -> Data | None:
    """Rows that stand in the script as numbers: lists of one length."""
    try:
        array = np.array(numbers, np.float64)
    except (ValueError, TypeError, OverflowError):
        return None
    return Data(WRITTEN, array.shape, numbers=array)


def computed(a: Any, b: Any, _line: int) -> Data:
    """Data with something added to it, taken from it, multiplied, divided."""
    found = a if isinstance(a, Data) else b
    other = b if found is a else a
    shape = found.shape
    if isinstance(other, Data) and other.shape is not None and shape is not None and len(other.shape) > len(shape):
        shape = other.shape
    return replace(found, shape=shape, changed=True)


def attribute(data: Data, name: str, line: int) -> Any:
    """`.shape`, `.T` and methods of data."""
    if name == "shape":
        return data.shape if data.shape is not None else Unknown(_("the shape of the data is not known"), line)
    if name == "size" and data.shape is not None:
        return math.prod(data.shape)
    if name == "ndim" and data.shape is not None:
        return len(data.shape)
    if name in ("values", "data"):
        return data
    return Method(data, name)


def called(data: Data, name: str, arguments: list[Any], named: Mapping[str, Any]) -> Any:
    """A method of data."""
    if name in _AS_IT_IS:
        return data
    if name == "reshape":
        wanted = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], (tuple, list)) else arguments
        return replace(data, shape=_reshaped(data.shape, wanted))
    if name in ("flatten", "ravel"):
        return replace(data, shape=None if data.shape is None else (math.prod(data.shape),))
    if name in ("mean", "std", "max", "min", "sum"):
        return replace(data, shape=())
    return replace(data, shape=None, changed=True)


def _reshaped(shape: Shape | None, wanted: Any) -> Shape | None:
    lengths = [n if isinstance(n, int) else None for n in wanted] if isinstance(wanted, (list, tuple)) else []
    if not lengths or any(n is None for n in lengths[1:]):
        return None
    rest = [n for n in lengths[1:] if n is not None]
    rows = lengths[0]
    if shape is not None and (rows is None or rows == -1):
        rows = math.prod(shape) // max(1, math.prod(rest))
    if shape is not None and -1 in rest and rows and rows > 0:
        known = math.prod(n for n in rest if n != -1)
        rest[rest.index(-1)] = math.prod(shape) // max(1, rows * known)
    return (rows if rows is not None and rows > 0 else 1, *rest) if -1 not in rest else None


def taken(data: Data, key: Any, line: int) -> Any:
    """data[key]: rows, columns, an axis more."""
    if isinstance(key, str):
        return replace(data, shape=None)
    keys = key if isinstance(key, tuple) else (key,)
    if data.shape is None:
        return replace(data, changed=data.changed or len(keys) > 1)
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        filled = len(data.shape) - sum(each is not None and each is not Ellipsis for each in keys)
        keys = (*keys[:at], *[slice(None)] * filled, *keys[at + 1 :])
    lengths, shape = list(data.shape), []
    for each in keys:
        if each is None or isinstance(each, Symbol) and each.path == "numpy.newaxis":
            shape.append(1)
        elif not lengths:
            raise Outside(_("it takes an item that is not there"))
        elif isinstance(each, slice):
            shape.append(len(range(lengths.pop(0))[each]))
        elif isinstance(each, int):
            lengths.pop(0)
        else:
            lengths.pop(0)
            shape.append(1)  # a mask or numbers of rows: how many is not known, and not asked
    made = (*shape, *lengths)
    return replace(data, shape=made, changed=data.changed or made[1:] != data.shape[1:] and len(made) == len(data.shape))


def split(arguments: list[Any], named: Mapping[str, Any]) -> list[Any]:
    """train_test_split: each of what is given in two parts."""
    share = named.get("test_size", 0.25)
    found: list[Any] = []
    for each in arguments:
        if isinstance(each, Data):
            count = each.shape[0] if each.shape else 0
            held = share if isinstance(share, float) else share / count if isinstance(share, int) and count else 0.25
            held = min(max(float(held), 0.0), 0.9)
            rest = each.shape[1:] if each.shape else None
            for part in (1 - held, held):
                shape = None if rest is None else (max(1, round(count * part)), *rest)
                by_class = named.get("stratify") is not None
                found.append(replace(each, shape=shape, held_out=held, stratified=by_class))
        else:
            found += [each, each]
    return found


def part(value: Any, place: int, count: int, line: int) -> Any:
    """One of the values that are given to several names at once."""
    if isinstance(value, (tuple, list, str, range)) and len(value) == count:
        return value[place]
    if isinstance(value, Unknown):
        return value
    return Unknown(_("it is one of several values that are not known"), line)
