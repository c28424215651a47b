"""Networks written by netviz are opened by Keras, and Keras' are opened by netviz: the same predictions, and training goes on.

    KERAS_BACKEND=torch python -m pytest -m interop -s -c /dev/null --rootdir . --import-mode=importlib tests/interop/test_keras_files_live.py
"""

from __future__ import annotations

import collections
import importlib.util
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats
from netviz.datasets import Arrays, Preprocessing
from netviz.engine import optimizers as engine_optimizers
from netviz.engine import schedules as engine_schedules
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import BatchNormalization, Dense
from netviz.engine.losses import MeanSquaredError
from netviz.engine.metrics import MeanAbsoluteError
from netviz.engine.network import Network
from netviz.engine.run import Run
from netviz.engine.train import train

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
CONTRACT = Path(__file__).resolve().parents[1] / "contract"


# Where windows stick out by an odd number, Keras on PyTorch counts repeated pixels in an average; elsewhere it does not.
UNLIKE = ("average pooling 2d, same overlapping", "average pooling 2d, same, larger than the image")


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def close(ours: Any, theirs: Any) -> float:
    error = float(np.abs(np.asarray(ours, np.float64) - theirs).max()) / max(1.0, float(np.abs(theirs).max()))
    assert error <= 1e-5, error
    return error


def test_every_layer_written_by_netviz_predicts_the_same_in_keras_and_comes_back(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    cases, contract = loaded(CONTRACT / "conftest.py").LAYER_CASES, loaded(CONTRACT / "test_formats.py")
    largest: dict[str, float] = collections.defaultdict(float)
    refused = []
    for number, (name, case) in enumerate(cases.items()):
        network = contract.trained(case, seed=number)
        path = tmp_path / f"{number}.keras"
        if formats.formats["keras"]().refusal(network):
            refused.append(name)
            continue
        path.write_bytes(formats.formats["keras"]().write(network, path.name)[path.name])
        model = keras.models.load_model(path)
        rows = network.held_out
        ours = network.network.predict(network.params, rows.x)
        try:
            theirs = np.asarray(model(rows.units.astype(np.float32), training=False).detach())
        except RuntimeError as problem:  # on PyTorch Keras normalizes along last axes only
            assert "normalized_shape" in str(problem)
            refused.append(f"{name} (by Keras)")
            continue
        kind = type(case.layer).__name__
        if name in UNLIKE:
            continue
        largest[kind] = max(largest[kind], close(ours, theirs))
        # and as Keras writes it itself
        again = tmp_path / f"{number}-keras.keras"
        model.save(again)
        imported = formats.read_network(again)
        close(imported.predictions(rows.units, "float32"), theirs)
        old = tmp_path / f"{number}.h5"
        try:
            model.save(old)
        except (NotImplementedError, TypeError):  # Keras cannot write these so
            continue
        close(formats.read_network(old).predictions(rows.units, "float32"), theirs)
    print(len(cases), "layers, refused:", refused, "largest relative error", dict(largest))


OPTIMIZERS = [
    engine_optimizers.SGD(0.05), engine_optimizers.SGD(0.05, 0.9, True), engine_optimizers.Adam(0.01),
    engine_optimizers.Adam(0.01, amsgrad=True, weight_decay=0.01), engine_optimizers.AdamW(0.01, clipnorm=0.5),
    engine_optimizers.RMSprop(0.01), engine_optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    engine_optimizers.Adagrad(0.05), engine_optimizers.Adadelta(0.5), engine_optimizers.Adamax(0.01),
    engine_optimizers.Lion(0.001), engine_optimizers.Ftrl(0.05), engine_optimizers.Adam(0.01, use_ema=True),
]  # fmt: skip
SCHEDULES = [
    engine_schedules.Constant(), engine_schedules.ExponentialDecay(5, 0.9), engine_schedules.CosineDecay(30),
    engine_schedules.StepDecay(4, 0.5), engine_schedules.PiecewiseConstantDecay((3, 8), (1.0, 0.5, 0.1)),
    engine_schedules.PolynomialDecay(20), engine_schedules.InverseTimeDecay(5), engine_schedules.CosineDecayRestarts(6),
]  # fmt: skip


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: type(s).__name__)
def test_training_goes_on_in_keras_and_back_in_netviz_with_the_same_next_losses(
    tmp_path: Path, optimizer: Any, schedule: Any
) -> None:
    keras = pytest.importorskip("keras")
    if not isinstance(schedule, engine_schedules.Constant) and optimizer is not OPTIMIZERS[2]:
        pytest.skip("schedules are tried with one optimizer")
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 2))
    experiment = Experiment(
        Arrays(x, y), (Dense(6, Tanh()), BatchNormalization(), Dense(5, Sigmoid()), Dense(2)), MeanSquaredError(), optimizer,
        schedule, (MeanAbsoluteError(),), Preprocessing(0.0, standardize="off"), shuffle=False, batch_size=40, epochs=10,
    )  # fmt: skip
    run, samples = Run.of(experiment), experiment.samples()
    frames = [moment.frame() for moment in train(run, samples, epochs=10)]
    trained = formats.Trained.of(run, frames[5])
    path = tmp_path / "net.keras"
    formats.export(path, trained)
    ours = [float(v) for v in frames[10].history.epochs["loss"][5:10]]
    model = keras.models.load_model(path)
    theirs = model.fit(x.astype("float32"), y.astype("float32"), batch_size=40, epochs=5, shuffle=False, verbose=0)
    np.testing.assert_allclose(theirs.history["loss"], ours, rtol=2e-5)
    # Keras saves again, netviz goes on from there: the five losses after these.
    model = keras.models.load_model(path)
    model.save(tmp_path / "again.keras")
    imported = formats.read_network(tmp_path / "again.keras")
    assert not imported.left_out, [str(part) for part in imported.left_out]
    there = imported.experiment(replace(experiment))
    assert there.schedule.rate(there.optimizer.learning_rate, 7) == pytest.approx(schedule.rate(optimizer.learning_rate, 7))
    network = Network(there.layers, (3,), there.loss)
    on = Run.of(there, imported.start(network, "float32"))
    *_, last = train(on, samples, epochs=5)
    np.testing.assert_allclose(last.frame().history.epochs["loss"], ours, rtol=2e-5)
