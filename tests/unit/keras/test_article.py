"""The article's script runs as it stands, and trains what the engine trains."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.keras import Sequential, utils
from netviz.keras.layers import Dense
from netviz.keras.optimizers import Adam

ROOT = Path(__file__).parents[3]
SCRIPT = """
import numpy as np
from netviz.keras.models import Sequential
from netviz.keras.layers import Dense
from netviz.keras.optimizers import Adam
np.random.seed(0)
X_train = np.random.rand(1000, 10)
y_train = np.random.randint(0, 2, 1000)
model = Sequential()
model.add(Dense(64, input_dim=10, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=Adam(), metrics=['accuracy'])
model.fit(X_train, y_train, epochs=10, batch_size=32)
"""


def test_the_articles_script_prints_keras_epoch_lines(tmp_path: Path) -> None:
    (tmp_path / "article.py").write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "article.py"], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[::2] == [f"Epoch {n}/10" for n in range(1, 11)]
    for line in lines[1::2]:
        assert re.fullmatch(r"32/32 ━{20} 0s \d+[mu]s/step - accuracy: 0\.\d{4} - loss: 0\.\d{4}", line), line


def test_the_face_gives_the_bits_that_the_engine_gives() -> None:
    utils.set_random_seed(11)
    model = Sequential([Dense(64, input_dim=10, activation="relu"), Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy", optimizer=Adam(), metrics=["accuracy"])
    random = np.random.RandomState(0)
    x, y = random.rand(1000, 10), random.randint(0, 2, 1000)
    model.fit(x, y, epochs=3, verbose=0)
    assert model.run is not None
    experiment = model.run.experiment
    assert experiment.seed == 11
    *_before, last = train(Run.of(experiment), experiment.samples())
    np.testing.assert_array_equal(model.parameters().vector, last.params.vector)


def test_importing_the_face_imports_no_qt() -> None:
    code = "import sys, netviz.keras; print([m for m in sys.modules if 'Qt' in m or 'PySide' in m])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
