"""What the whole house means by an array, a shape and a random number.

Randomness has no state here: a stream is named by its seed, its purpose and the place it is used in, so any step of
a training can be reached again, bit for bit, without having passed through the steps before it.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Shape: TypeAlias = tuple[int, ...]

K = TypeVar("K")
V = TypeVar("V")

_MOST_PLACES = 3
_LINE, _PAGE = 64, 4096  # bytes of a cache line, which is the widest vector register, and of a page
_PLACES = itertools.cycle(range(0, _PAGE, 11 * _LINE))


@lru_cache(maxsize=256)
def _key(seed: int, purpose: str) -> tuple[int, int]:
    digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def rng(seed: int, purpose: str, *where: int) -> np.random.Generator:
    """The random numbers of one use: the same arguments always give the same numbers.

    `where` holds up to three whole numbers (a layer, an epoch, a step). They fill the upper words of Philox's
    counter, so two places never share a number until one of them has drawn 2**64 blocks.
    """
    if len(where) > _MOST_PLACES:
        raise ValueError(f"a random stream has at most {_MOST_PLACES} places, not {len(where)}")
    counter = [0, *where, *[0] * (_MOST_PLACES - len(where))]
    key = np.array(_key(seed, purpose), np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=np.array(counter, np.uint64)))


def aligned(shape: Shape, dtype: str | np.dtype[Any]) -> Array:
    """Zeros whose memory begins at a cache line, large ones not all at the same place of a page.

    NumPy's own begin 16 bytes behind a line, so every vector register that is read or written lies across two. And what
    is read at the place of a page at which something else has just been written waits until that is done.
    """
    kind = np.dtype(dtype)
    count = size(shape) * kind.itemsize
    apart = next(_PLACES) if count >= _PAGE else 0
    memory = np.zeros(count + apart + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE + apart
    return memory[start : start + count].view(kind).reshape(shape)


def frozen(array: Array) -> Array:
    """A copy that nobody can write to."""
    copy = np.array(array, order="C")
    copy.setflags(write=False)
    return copy


def sealed(array: Array) -> Array:
    """A view of the same memory that cannot be written through."""
    view = array.view()
    view.setflags(write=False)
    return view


class FrozenMap(Mapping[K, V]):
    """A mapping that cannot be changed and, unlike types.MappingProxyType, can be pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        """A copy of the items."""
        self._items = dict(items or {})

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"FrozenMap({self._items!r})"

    def __reduce__(self) -> tuple[type[FrozenMap[K, V]], tuple[dict[K, V]]]:
        return FrozenMap, (self._items,)


def size(shape: Shape) -> int:
    """How many numbers an array of this shape holds; exact, where NumPy's own product would wrap around."""
    return math.prod(shape)
