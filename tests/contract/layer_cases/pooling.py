"""Pooling with windows that touch, overlap, leave gaps or stick out, over whole rows, and images made larger."""

from netviz.engine.layers import (
    AveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
    UpSampling2D,
    ZeroPadding2D,
)

_1D = {"max": MaxPooling1D, "average": AveragePooling1D}
_2D = {"max": MaxPooling2D, "average": AveragePooling2D}

CASES = {
    **{f"{n} pooling 1d": (kind(), (6, 2)) for n, kind in _1D.items()},
    **{f"{n} pooling 1d, overlapping": (kind(3, 2), (7, 2)) for n, kind in _1D.items()},
    **{f"{n} pooling 1d, same": (kind(3, 1, "same"), (5, 2)) for n, kind in _1D.items()},
    **{f"{n} pooling 1d, a rest": (kind(4), (7, 2)) for n, kind in _1D.items()},
    **{f"{n} pooling 2d": (kind(), (4, 6, 2)) for n, kind in _2D.items()},
    **{f"{n} pooling 2d, a rest": (kind(), (5, 5, 2)) for n, kind in _2D.items()},
    **{f"{n} pooling 2d, oblong": (kind((2, 1)), (4, 3, 2)) for n, kind in _2D.items()},
    **{f"{n} pooling 2d, overlapping": (kind(3, (1, 2)), (4, 5, 2)) for n, kind in _2D.items()},
    **{f"{n} pooling 2d, far apart": (kind(2, 3), (7, 8, 1)) for n, kind in _2D.items()},
    **{f"{n} pooling 2d, same": (kind(2, padding="same"), (5, 3, 2)) for n, kind in _2D.items()},
    **{f"{n} pooling 2d, same overlapping": (kind(3, 2, "same"), (5, 4, 1)) for n, kind in _2D.items()},
    **{f"{n} pooling 2d, same, larger than the image": (kind(7, 2, "same"), (3, 4, 1)) for n, kind in _2D.items()},
    "max pooling 2d, many places": (MaxPooling2D(17, 1), (18, 17, 1)),
    "global average pooling 1d": (GlobalAveragePooling1D(), (4, 3)),
    "global average pooling 1d, axes kept": (GlobalAveragePooling1D(True), (4, 3)),
    "global average pooling 2d": (GlobalAveragePooling2D(), (3, 2, 3)),
    "global average pooling 2d, axes kept": (GlobalAveragePooling2D(keepdims=True), (3, 2, 3)),
    "global max pooling 1d": (GlobalMaxPooling1D(), (4, 3)),
    "global max pooling 1d, axes kept": (GlobalMaxPooling1D(keepdims=True), (4, 3)),
    "global max pooling 2d": (GlobalMaxPooling2D(), (3, 2, 3)),
    "global max pooling 2d, axes kept": (GlobalMaxPooling2D(keepdims=True), (3, 2, 3)),
    "upsampling": (UpSampling2D(), (2, 3, 2)),
    "upsampling, oblong": (UpSampling2D((1, 3)), (2, 3, 2)),
    "upsampling, bilinear": (UpSampling2D((2, 3), "bilinear"), (3, 2, 2)),
    "upsampling of one pixel, bilinear": (UpSampling2D(3, "bilinear"), (1, 1, 2)),
    "zero padding": (ZeroPadding2D(), (2, 3, 2)),
    "zero padding, two numbers": (ZeroPadding2D((2, 0)), (2, 3, 2)),
    "zero padding, four numbers": (ZeroPadding2D(((0, 1), (2, 3))), (2, 3, 2)),
}
