"""Batch and layer normalization with every option, at axes that are last and that are not."""

from netviz.engine.initializers import Constant, RandomNormal
from netviz.engine.layers import BatchNormalization, LayerNormalization
from netviz.engine.regularizers import L1, L2

CASES = {
    "batch normalization": (BatchNormalization(), (4,)),
    "batch normalization without center": (BatchNormalization(center=False), (4,)),
    "batch normalization without scale": (BatchNormalization(scale=False), (4,)),
    "batch normalization, bare": (BatchNormalization(center=False, scale=False), (4,)),
    "batch normalization of images": (BatchNormalization(momentum=0.9, epsilon=1e-2), (3, 2, 4)),
    "batch normalization along the height": (BatchNormalization(axis=1), (3, 2, 4)),
    "batch normalization along the width": (BatchNormalization(axis=-2, center=False), (3, 2, 4)),
    "batch normalization that begins elsewhere": (
        BatchNormalization(
            beta_initializer=Constant(0.5), gamma_initializer=RandomNormal(1.0, 0.2),
            moving_mean_initializer=Constant(0.3), moving_variance_initializer=Constant(2.0),
        ),
        (4,),
    ),
    "batch normalization, penalized": (BatchNormalization(gamma_regularizer=L2(0.1), beta_regularizer=L1(0.1)), (4,)),
    "layer normalization": (LayerNormalization(), (5,)),
    "layer normalization without center": (LayerNormalization(center=False), (5,)),
    "layer normalization without scale": (LayerNormalization(scale=False), (5,)),
    "layer normalization, bare": (LayerNormalization(center=False, scale=False), (5,)),
    "layer normalization of steps": (LayerNormalization(epsilon=1e-2), (3, 4)),
    "layer normalization along two axes": (LayerNormalization((-2, -1)), (2, 3, 4)),
    "layer normalization along all axes": (LayerNormalization((1, 2, 3)), (2, 3, 2)),
    "layer normalization along the steps": (LayerNormalization(1), (3, 4)),
    "layer normalization along first and last": (LayerNormalization((3, 1)), (2, 3, 4)),
    "layer normalization that begins elsewhere": (
        LayerNormalization(beta_initializer=Constant(0.5), gamma_initializer=RandomNormal(1.0, 0.2)), (4,),
    ),
    "layer normalization, penalized": (LayerNormalization(gamma_regularizer=L2(0.1), beta_regularizer=L1(0.1)), (4,)),
}
