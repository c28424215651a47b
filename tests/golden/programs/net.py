"""A neural network with its weights, trained by netviz; all it needs is NumPy.

    python net.py rows.csv    writes a prediction for each row
    from net import predict    predict(x) takes an array of rows

Takes rows of 4 x 4 x 1 numbers, in their own units.
Gives a number for each class: cat, dog, axolotl.

    layer          kind           output     weights
    look           Conv2D relu    4 x 4 x 2       20
    max_pooling2d  MaxPooling2D   2 x 2 x 2        0
    flatten        Flatten        8                0
    dropout        Dropout        8                0
    class          Dense softmax  3               27

Trained by netviz 1.0, seed 7.
Data: arrays, 6 rows.
SHA-256 of the data: 65c8be55ad4ad3b3c920d68e481506f5019523af8d0d87af3bc4a250fa078d82
5 epochs, 5 updates; at the end loss 0.5, val_loss 0.75.
"""

import csv
import sys

import numpy as np

SHAPE = (4, 4, 1)  # of a row
FEATURES = []
CLASSES = ["cat", "dog", "axolotl"]
TARGETS = []
FEATURE_MEAN = np.array([
    24.0, 25.0, 26.0, 27.0, 28.0, 29.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0, 36.0, 37.0, 38.0, 39.0,
], np.float64).reshape(4, 4, 1)
FEATURE_DEVIATION = np.array([
    17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832,
    17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832,
    17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832,
    17.88854381999832,
], np.float64).reshape(4, 4, 1)


def predict(x, at_once=256):
    """Predictions for rows of features in their own units, a few at a time: (rows, 4, 4, 1) -> (rows, 3)."""
    x = np.asarray(x).reshape(-1, *SHAPE)
    y = np.empty((len(x), 3), np.float32)
    for start in range(0, len(x), at_once):
        part = np.asarray(x[start : start + at_once], np.float64)
        part = (part - FEATURE_MEAN) / FEATURE_DEVIATION
        y[start : start + at_once] = forward(part.astype(np.float32))
    return y


def forward(x):
    """The layers, for scaled rows: (rows, 4, 4, 1)."""
    x = np.maximum(conv2d(x, W["look/kernel"], W["look/bias"], padding=((1, 1), (1, 1))), 0)  # look: 4 x 4 x 2
    x = max_pool2d(x, (2, 2), (2, 2))  # max_pooling2d: 2 x 2 x 2
    x = x.reshape(len(x), -1)  # flatten: 8
    # dropout: only training knows it
    x = softmax(x @ W["class/kernel"] + W["class/bias"])  # class: 3
    return x


def softmax(x, axis=-1):
    """exp(x) / sum of exp(x) along an axis."""
    y = np.exp(x - x.max(axis, keepdims=True))
    return y / y.sum(axis, keepdims=True)


def windows(x, size, strides=(1, 1), dilation=(1, 1)):
    """What windows over images see: (rows, down, across, channels, height, width)."""
    reach = [(n - 1) * rate + 1 for n, rate in zip(size, dilation)]
    found = np.lib.stride_tricks.sliding_window_view(x, reach, (1, 2))
    return found[:, :: strides[0], :: strides[1], :, :: dilation[0], :: dilation[1]]


def padded(x, padding, value=0.0):
    """Images with ((above, below), (left, right)) pixels of a value around them."""
    return np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=value) if np.any(padding) else x


def conv2d(x, kernel, bias=0.0, strides=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """Windows times a kernel (height, width, channels of a group, filters): images in, images of filters out."""
    parts = []
    for part, own in zip(np.split(padded(x, padding), groups, -1), np.split(kernel, groups, -1)):
        seen = windows(part, kernel.shape[:2], strides, dilation).transpose(0, 1, 2, 4, 5, 3)
        parts.append(np.tensordot(seen, own, 3))
    return np.concatenate(parts, -1) + bias


def max_pool2d(x, size, strides, padding=((0, 0), (0, 0))):
    """The largest number of each window."""
    return windows(padded(x, padding, -np.inf), size, strides).max((4, 5))


W = {
    "look/kernel": np.array([
        -1.0, -0.875, -0.75, -0.625, -0.5, -0.375, -0.25, -0.125, 0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75,
        0.875, 1.0, -1.0,
    ], np.float32).reshape(3, 3, 1, 2),
    "look/bias": np.array([-0.875, -0.75], np.float32),
    "class/kernel": np.array([
        [-0.625, -0.5, -0.375],
        [-0.25, -0.125, 0.0],
        [0.125, 0.25, 0.375],
        [0.5, 0.625, 0.75],
        [0.875, 1.0, -1.0],
        [-0.875, -0.75, -0.625],
        [-0.5, -0.375, -0.25],
        [-0.125, 0.0, 0.125],
    ], np.float32),
    "class/bias": np.array([0.25, 0.375, 0.5], np.float32),
}


def read(path):
    """Rows of features from a .npy array or a CSV file; SystemExit says what is wrong with it."""
    if path.endswith(".npy"):
        return np.load(path, allow_pickle=False)
    with open(path, encoding="utf-8-sig", newline="") as file:
        text = file.read()
    delimiter = next((sign for sign in "\t;" if sign in text.split("\n", 1)[0]), ",")
    lines = [cells for cells in csv.reader(text.splitlines(), delimiter=delimiter) if any(cells)]
    header = [cell.strip() for cell in lines[0]] if lines else []
    named = bool(FEATURES) and set(FEATURES) <= set(header)
    columns = [header.index(name) for name in FEATURES] if named else range(len(header))
    rows = []
    for number, cells in enumerate(lines, 1):
        try:
            rows.append([float(cells[column]) for column in columns])
        except (ValueError, IndexError):
            if number > 1:  # else a header
                raise SystemExit(f"{path}: row {number} does not hold {len(header)} numbers.") from None
    return np.array(rows)


def main(paths):
    """Write the predictions of each row of a file to standard output, as CSV."""
    if len(paths) != 1 or paths[0].startswith("-"):
        raise SystemExit(__doc__)
    x = read(paths[0])
    wanted = int(np.prod(SHAPE))
    if not x.size or x.size // len(x) != wanted:
        raise SystemExit(f"{paths[0]}: {x.size // max(1, len(x))} numbers a row; the network takes {wanted}.")
    y = predict(x)
    y = y.reshape(len(y), -1)
    table = csv.writer(sys.stdout, lineterminator="\n")
    if CLASSES:
        shares = np.concatenate([1 - y, y], 1) if y.shape[1] == 1 else y
        names = CLASSES[: shares.shape[1]]
        table.writerow(["class", *names])
        table.writerows([names[row.argmax()], *row.tolist()] for row in shares)
    else:
        table.writerow(TARGETS or [f"y{place + 1}" for place in range(y.shape[1])])
        table.writerows(y.tolist())


if __name__ == "__main__":
    main(sys.argv[1:])


# The settings, scales and history of the training, for netviz to open this file again:
# netviz.json {"netviz": "0.1.0", "experiment": {"dataset": {"type": "arrays", "x": {"array": "dataset.x"}, "y": {|
# netviz.json "array": "dataset.y"}, "task": "classification", "weights": null, "validation_rows": 2}, "layers": [|
# netviz.json {"type": "conv2d", "filters": 2, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "dilat|
# netviz.json ion_rate": [1, 1], "groups": 1, "activation": {"type": "relu"}, "use_bias": true, "kernel_initialize|
# netviz.json r": {"type": "glorot_uniform"}, "bias_initializer": {"type": "zeros"}, "kernel_regularizer": null, "|
# netviz.json bias_regularizer": null, "name": "look"}, {"type": "max_pooling2d", "pool_size": [2, 2], "strides": |
# netviz.json null, "padding": "valid", "name": ""}, {"type": "flatten", "name": ""}, {"type": "dropout", "rate": |
# netviz.json 0.25, "name": ""}, {"type": "dense", "units": 3, "activation": {"type": "softmax"}, "use_bias": true|
# netviz.json , "kernel_initializer": {"type": "glorot_uniform"}, "bias_initializer": {"type": "zeros"}, "kernel_r|
# netviz.json egularizer": {"type": "l2", "l2": 0.001}, "bias_regularizer": null, "name": "class"}], "loss": {"typ|
# netviz.json e": "categorical_crossentropy", "label_smoothing": 0.1}, "optimizer": {"type": "adamw", "learning_ra|
# netviz.json te": 0.002, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": false, "use_ema": false, "e|
# netviz.json ma_momentum": 0.99, "ema_overwrite_frequency": null, "weight_decay": 0.01, "clipnorm": null, "global|
# netviz.json _clipnorm": null, "clipvalue": null}, "schedule": {"type": "constant"}, "metrics": [], "preprocessin|
# netviz.json g": {"validation_split": 0.2, "split": "stratified", "standardize": "on", "standardize_targets": fal|
# netviz.json se}, "stopping": null, "class_weight": [], "epochs": 100, "batch_size": 4, "shuffle": true, "seed": |
# netviz.json 7, "surgery": [], "mistakes": [], "dtype": "float32"}, "layers": ["look", "max_pooling2d", "flatten"|
# netviz.json , "dropout", "class"], "input_shape": [4, 4, 1], "from_logits": false, "features": [], "classes": ["|
# netviz.json cat", "dog", "axolotl"], "feature_scale": {"mean": [[[24.0], [25.0], [26.0], [27.0]], [[28.0], [29.0|
# netviz.json ], [30.0], [31.0]], [[32.0], [33.0], [34.0], [35.0]], [[36.0], [37.0], [38.0], [39.0]]], "deviation"|
# netviz.json : [[[17.88854381999832], [17.88854381999832], [17.88854381999832], [17.88854381999832]], [[17.888543|
# netviz.json 81999832], [17.88854381999832], [17.88854381999832], [17.88854381999832]], [[17.88854381999832], [17|
# netviz.json .88854381999832], [17.88854381999832], [17.88854381999832]], [[17.88854381999832], [17.8885438199983|
# netviz.json 2], [17.88854381999832], [17.88854381999832]]]}, "target_scale": null, "provenance": {"netviz": "1.0|
# netviz.json ", "seed": 7, "data": {"type": "arrays", "rows": 6, "sha256": "65c8be55ad4ad3b3c920d68e481506f501952|
# netviz.json 3af8d0d87af3bc4a250fa078d82"}, "epochs": 5, "updates": 5, "history": {"epoch": [1.0, 5.0], "loss": [|
# netviz.json 1.25, 0.5], "val_loss": [1.5, 0.75]}}}|
