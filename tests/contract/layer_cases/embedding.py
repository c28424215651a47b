"""Tables of vectors for tokens, with padding and without."""

import numpy as np

from netviz.arrays import Array, Shape
from netviz.engine.initializers import RandomNormal
from netviz.engine.layers import Embedding
from netviz.engine.regularizers import L2

Draws = dict[str, tuple[Embedding, Shape, object]]


def tokens(count: int, *shape: int) -> object:
    """Draws rows of tokens below `count`; float64, as data has the experiment's precision."""

    def draw(rng: np.random.Generator, rows: int) -> Array:
        return rng.integers(0, count, (rows, *shape)).astype(np.float64)

    return draw


CASES: Draws = {
    "embedding": (Embedding(5, 3), (4,), tokens(5, 4)),
    "embedding of one token": (Embedding(1, 2), (1,), tokens(1, 1)),
    "embedding of a token that never comes": (Embedding(9, 2), (3,), tokens(4, 3)),
    "embedding of tables of tokens": (Embedding(6, 2), (2, 3), tokens(6, 2, 3)),
    "embedding, penalized": (Embedding(5, 3, RandomNormal(), L2(0.1)), (4,), tokens(5, 4)),
}
