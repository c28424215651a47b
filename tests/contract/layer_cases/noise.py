"""Whole channels dropped, noise added."""

from netviz.engine.layers import GaussianDropout, GaussianNoise, SpatialDropout1D, SpatialDropout2D

CASES = {
    "spatial dropout of sequences": (SpatialDropout1D(0.4), (4, 5)),
    "spatial dropout of images": (SpatialDropout2D(0.4), (3, 2, 5)),
    "spatial dropout of nothing": (SpatialDropout2D(0.0), (3, 2, 2)),
    "gaussian noise": (GaussianNoise(0.3), (4,)),
    "gaussian noise on images": (GaussianNoise(0.1), (3, 2, 2)),
    "gaussian noise of nothing": (GaussianNoise(0.0), (4,)),
    "gaussian dropout": (GaussianDropout(0.2), (6,)),
    "gaussian dropout of nothing": (GaussianDropout(0.0), (6,)),
}
