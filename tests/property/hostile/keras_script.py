"""A script as people write it, which is read and never run."""

import numpy as np
from keras import Input, Sequential
from keras.layers import Dense, Dropout

x = np.random.default_rng(0).normal(size=(100, 4))
y = (x[:, 0] > 0).astype(int)

model = Sequential()
model.add(Input((4,)))
for units in (16, 8):
    model.add(Dense(units, activation="relu"))
    model.add(Dropout(0.2))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=20, batch_size=16)
