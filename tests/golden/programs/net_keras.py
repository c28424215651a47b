"""A neural network trained by netviz, in Keras; its weights are in net_keras.weights.h5 beside this file.

    from net_keras import load
    model = load()
    y = model.predict(x)    # rows of features in their own units

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

from pathlib import Path

import h5py
import keras
import numpy as np
from keras import layers

WEIGHTS = Path(__file__).with_name("net_keras.weights.h5")
EXPORT = "10b99737c5aa8a76"  # also in the head of the weights
SHAPE = (4, 4, 1)  # of a row
CLASSES = ["cat", "dog", "axolotl"]
FEATURE_MEAN = np.array([
    24.0, 25.0, 26.0, 27.0, 28.0, 29.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0, 36.0, 37.0, 38.0, 39.0,
], np.float64).reshape(4, 4, 1)
FEATURE_VARIANCE = np.array([
    320.00000000000006, 320.00000000000006, 320.00000000000006, 320.00000000000006, 320.00000000000006,
    320.00000000000006, 320.00000000000006, 320.00000000000006, 320.00000000000006, 320.00000000000006,
    320.00000000000006, 320.00000000000006, 320.00000000000006, 320.00000000000006, 320.00000000000006,
    320.00000000000006,
], np.float64).reshape(4, 4, 1)


def build():
    """The model before its training: (rows, 4, 4, 1) -> (rows, 3)."""
    model = keras.Sequential([
        keras.Input((4, 4, 1)),
        layers.Normalization(axis=(1, 2, 3), mean=FEATURE_MEAN, variance=FEATURE_VARIANCE, name="feature_scale"),
        layers.Conv2D(2, (3, 3), padding="same", activation="relu", name="look"),
        layers.MaxPooling2D((2, 2), name="max_pooling2d"),
        layers.Flatten(name="flatten"),
        layers.Dropout(0.25, name="dropout"),
        layers.Dense(3, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.001), name="class"),
    ])
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate=0.002, weight_decay=0.01),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    )
    return model


def load(path=WEIGHTS):
    """The model with its weights and what its optimizer remembers; ValueError for those of another export."""
    with h5py.File(path) as file:
        if file.attrs.get("netviz.export", EXPORT) != EXPORT:
            raise ValueError(f"{path} belongs to another export; export the network again.")
    model = build()
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    return model


def fit(model, x, y):
    """Train as netviz did: features in their own units, targets as the loss wants them. Keras validates on the last rows."""
    return model.fit(x, y, batch_size=4, epochs=100, validation_split=0.2)


if __name__ == "__main__":
    load().summary()
