"""Names of libraries as scripts import them, brought to one form: keras.layers.Dense, whatever way it came.

`tensorflow.keras`, `keras.src`, `tf_keras`, `netviz.keras` are all keras here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from netviz.engine.activations import activations
from netviz.engine.layers import layers
from netviz.engine.losses import losses
from netviz.engine.metrics import metrics
from netviz.engine.optimizers import optimizers
from netviz.registry import Registry

_KERAS = re.compile(
    r"^(tensorflow(\.compat\.v[12])?(\.python)?\.keras|tf_keras(\.src)?|keras\._tf_keras\.keras|keras\.(src|api)(\._v[12])?"
    r"(\.keras)?|netviz\.keras|tensorflow\.contrib\.keras|keras_core)(?=\.|$)"
)
_GROUPS = (
    "layers", "models", "optimizers", "losses", "metrics", "callbacks", "regularizers", "initializers", "activations",
    "datasets", "utils", "constraints", "applications", "ops", "backend", "random",
)  # fmt: skip
# Names that stand at the top of Keras.
_TOP = {"Input": "keras.layers.Input", "Sequential": "keras.models.Sequential", "Model": "keras.models.Model"}
_MOVED = {"keras.engine": "keras", "keras.legacy": "keras", "numpy.random.default_rng": "numpy.random"}


def canonical(path: str) -> str:
    """The one form of a path."""
    path = _KERAS.sub("keras", path)
    if path.startswith("tensorflow.nn."):
        return "keras.activations." + path.rpartition(".")[2]
    if not path.startswith("keras."):
        return path
    parts = path.split(".")
    if len(parts) == 2 and parts[1] in _TOP:
        return _TOP[parts[1]]
    group = next((part for part in parts[1:-1] if part in _GROUPS), "")
    last = parts[-1]
    if group == "layers" or group in ("models", "engine"):
        if last in ("Sequential", "Model"):
            return _TOP[last]
        if last == "Functional":
            return _TOP["Model"]
    if group in ("layers", "losses", "metrics", "callbacks", "regularizers", "initializers", "activations"):
        return f"keras.{group}.{last}"
    if group == "optimizers":
        return f"keras.optimizers.{'schedules.' if 'schedules' in parts else ''}{last}"
    return path


def group_of(path: str) -> str:
    """layers, models, optimizers, schedules, ... of a path in Keras; empty for others."""
    parts = path.split(".")
    if parts[0] != "keras" or len(parts) < 3:
        return ""
    return "schedules" if parts[1] == "optimizers" and parts[2] == "schedules" else parts[1]


# Keras' documented order of arguments, as far as people give them without their names.
_ORDERS: dict[str, str] = {
    "Dense": "units activation use_bias kernel_initializer bias_initializer",
    "Conv1D": "filters kernel_size strides padding data_format dilation_rate groups activation use_bias",
    "Conv2D": "filters kernel_size strides padding data_format dilation_rate groups activation use_bias",
    "DepthwiseConv2D": "kernel_size strides padding depth_multiplier data_format dilation_rate activation use_bias",
    "MaxPooling1D": "pool_size strides padding", "MaxPooling2D": "pool_size strides padding",
    "AveragePooling1D": "pool_size strides padding", "AveragePooling2D": "pool_size strides padding",
    "Dropout": "rate noise_shape seed", "SpatialDropout1D": "rate", "SpatialDropout2D": "rate", "GaussianNoise": "stddev",
    "GaussianDropout": "rate", "Activation": "activation", "Reshape": "target_shape", "Permute": "dims",
    "Embedding": "input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero",
    "LSTM": "units activation recurrent_activation", "GRU": "units activation recurrent_activation",
    "SimpleRNN": "units activation", "Bidirectional": "layer merge_mode weights backward_layer",
    "TimeDistributed": "layer", "BatchNormalization": "axis momentum epsilon center scale",
    "LayerNormalization": "axis epsilon center scale", "LeakyReLU": "negative_slope", "ELU": "alpha",
    "PReLU": "alpha_initializer", "ReLU": "max_value negative_slope threshold", "Softmax": "axis",
    "UpSampling2D": "size", "ZeroPadding2D": "padding", "Rescaling": "scale offset", "RandomFlip": "mode",
    "RandomRotation": "factor", "RandomZoom": "height_factor width_factor", "RandomTranslation": "height_factor width_factor",
    "MultiHeadAttention": "num_heads key_dim value_dim dropout", "Input": "shape batch_size dtype sparse",
    "InputLayer": "input_shape batch_size", "Flatten": "data_format", "Normalization": "axis mean variance",
    "SGD": "learning_rate momentum nesterov", "RMSprop": "learning_rate rho momentum epsilon",
    "Adam": "learning_rate beta_1 beta_2 epsilon amsgrad", "AdamW": "learning_rate weight_decay beta_1 beta_2 epsilon",
    "Nadam": "learning_rate beta_1 beta_2 epsilon", "Adamax": "learning_rate beta_1 beta_2 epsilon",
    "Adagrad": "learning_rate", "Adadelta": "learning_rate rho epsilon", "Ftrl": "learning_rate", "Lion": "learning_rate",
    "Adafactor": "learning_rate", "ExponentialDecay": "initial_learning_rate decay_steps decay_rate staircase",
    "InverseTimeDecay": "initial_learning_rate decay_steps decay_rate staircase",
    "PolynomialDecay": "initial_learning_rate decay_steps end_learning_rate power cycle",
    "CosineDecay": "initial_learning_rate decay_steps alpha name warmup_target warmup_steps",
    "CosineDecayRestarts": "initial_learning_rate first_decay_steps t_mul m_mul alpha",
    "PiecewiseConstantDecay": "boundaries values",
    "EarlyStopping": "monitor min_delta patience verbose mode baseline restore_best_weights",
    "ReduceLROnPlateau": "monitor factor patience verbose mode min_delta cooldown min_lr",
    "LearningRateScheduler": "schedule verbose", "ModelCheckpoint": "filepath monitor", "L1": "l1", "L2": "l2",
    "L1L2": "l1 l2", "l1": "l1", "l2": "l2", "l1_l2": "l1 l2", "RandomNormal": "mean stddev seed",
    "RandomUniform": "minval maxval seed", "Constant": "value", "TruncatedNormal": "mean stddev seed",
    "BinaryCrossentropy": "from_logits label_smoothing axis", "CategoricalCrossentropy": "from_logits label_smoothing axis",
    "SparseCategoricalCrossentropy": "from_logits ignore_class", "Huber": "delta",
    "Sequential": "layers trainable name", "Model": "inputs outputs name",
    "compile": "optimizer loss loss_weights metrics weighted_metrics run_eagerly",
    "fit": "x y batch_size epochs verbose callbacks validation_split validation_data shuffle class_weight sample_weight",
    "fit_generator": "x steps_per_epoch epochs verbose callbacks validation_data",
    "train_test_split": "", "Dropout2D": "rate",
}  # fmt: skip
_SHORT = {"Convolution2D": "Conv2D", "Convolution1D": "Conv1D", "MaxPool2D": "MaxPooling2D", "MaxPool1D": "MaxPooling1D",
          "AvgPool2D": "AveragePooling2D", "AvgPool1D": "AveragePooling1D", "GlobalAvgPool2D": "GlobalAveragePooling2D",
          "GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalMaxPool2D": "GlobalMaxPooling2D",
          "GlobalMaxPool1D": "GlobalMaxPooling1D", "CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU"}  # fmt: skip
# Names that arguments had once, and have now.
_RENAMED = {
    "lr": "learning_rate", "alpha": "negative_slope", "init": "kernel_initializer", "nb_epoch": "epochs",
    "output_dim": "units", "p": "rate", "nb_filter": "filters", "border_mode": "padding", "subsample": "strides",
}  # fmt: skip
_ONLY = {"alpha": ("LeakyReLU",), "output_dim": ("Dense",), "p": ("Dropout",), "init": ("Dense",)}


def starred(modules: Sequence[str], name: str) -> str:
    """The path of a name that came by `from ... import *`; empty where none of those modules has it."""
    families: dict[str, Registry[Any]] = {
        "layers": layers, "optimizers": optimizers, "losses": losses, "metrics": metrics, "activations": activations,
    }  # fmt: skip
    found = ""
    for module in modules:
        path = canonical(f"{module}.{name}")
        group = group_of(path)
        if path in _TOP.values() or group in families and class_name(name) in families[group]:
            return path
        found = path if group == "layers" or not found else found
    return found


def class_name(name: str) -> str:
    """A class by the name that netviz registers it under."""
    return _SHORT.get(name, name)


def order(name: str) -> list[str]:
    """The names of a class' or method's arguments in their order, as far as they are known."""
    return _ORDERS.get(class_name(name), "").split()


def renamed(owner: str, argument: str) -> str:
    """An argument by its present name."""
    if argument in _ONLY and owner not in _ONLY[argument]:
        return argument
    return _RENAMED.get(argument, argument)
