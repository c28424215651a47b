"""The same numbers in another layout or range."""

from netviz.engine.layers import Permute, Rescaling, Reshape

CASES = {
    "reshape": (Reshape((2, 3)), (6,)),
    "reshape to what remains": (Reshape((2, -1, 3)), (4, 3)),
    "reshape to a vector": (Reshape(), (2, 3)),
    "permute": (Permute((2, 1)), (3, 4)),
    "permute images": (Permute((3, 1, 2)), (3, 4, 2)),
    "permute nothing": (Permute((1,)), (4,)),
    "rescaling": (Rescaling(0.3, -1.5), (4,)),
    "rescaling of images": (Rescaling(), (3, 2, 1)),
}
