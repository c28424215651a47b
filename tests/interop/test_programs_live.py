"""Networks written as programs predict the same where they run: by Python with NumPy alone, by a C compiler, by
PyTorch and Keras.

    KERAS_BACKEND=torch python -m pytest -m interop -s -c /dev/null --rootdir . --import-mode=importlib tests/interop/test_programs_live.py
"""

from __future__ import annotations

import collections
import importlib.util
import itertools
import os
import runpy
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats
from netviz.datasets import Arrays
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Sigmoid, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense
from netviz.engine.losses.loss import losses
from netviz.engine.optimizers import SGD
from netviz.engine.optimizers.optimizer import optimizers
from netviz.engine.regularizers import L1L2, L2
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.engine.workspace import Workspace
from netviz.formats.programs import c_header
from netviz.formats.trained import Trained

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("default")]
CONTRACT = Path(__file__).resolve().parents[1] / "contract"


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def networks(name: str) -> Iterator[tuple[int, Any, Any]]:
    """(number, layer case, network with drawn weights) of every layer case that a format takes."""
    cases, contract = loaded(CONTRACT / "conftest.py").LAYER_CASES, loaded(CONTRACT / "test_formats.py")
    form = formats.formats[name]()
    for number, case in enumerate(cases.values()):
        network = contract.trained(case, seed=number)
        if not form.refusal(network):
            yield number, case, network


class Errors:
    """The largest difference for each kind of layer, as a share of the largest prediction or of 1."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance, self.largest, self.count = tolerance, collections.defaultdict[str, float](float), 0

    def compare(self, case: Any, ours: Any, theirs: Any) -> None:
        assert ours.shape == theirs.shape, (case, ours.shape, theirs.shape)
        error = float(np.abs(ours - theirs).max()) / max(1.0, float(np.abs(ours).max()))
        kind = type(case.layer).__name__
        self.largest[kind] = max(self.largest[kind], error)
        assert error <= self.tolerance, (case, error)
        self.count += 1

    def tell(self, whose: str) -> None:
        print(f"\n{self.count} networks by {whose}; largest relative error {max(self.largest.values()):.2g}:")
        print({kind: float(f"{error:.2g}") for kind, error in self.largest.items()})


_RUN_ALL = """
import pathlib, runpy, sys, numpy
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    made = runpy.run_path(str(path))
    for name in ("x", "one"):
        numpy.save(path.with_suffix(f".{name}.y.npy"), made["predict"](numpy.load(path.with_suffix(f".{name}.npy"))))
assert "netviz" not in sys.modules
print("NumPy", numpy.__version__)
"""


def test_every_layer_predicts_the_same_in_its_numpy_program(tmp_path: Path) -> None:
    form, asked = formats.formats["numpy_program"](), []
    for number, case, network in networks("numpy_program"):
        path = tmp_path / f"net_{number}.py"
        path.write_bytes(form.write(network, path.name)[path.name])
        x = network.samples.x
        for name, rows in (("x", x), ("one", x[:1])):
            np.save(path.with_suffix(f".{name}.npy"), rows.astype(np.float64))
            asked.append((case, network.network.predict(network.params, rows), path.with_suffix(f".{name}.y.npy")))
    done = subprocess.run([sys.executable, "-I", "-c", _RUN_ALL, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    errors = Errors(1e-6)
    for case, ours, path in asked:
        errors.compare(case, ours, np.load(path))
    errors.tell(done.stdout.strip())


def test_every_layer_predicts_the_same_in_its_c_program(tmp_path: Path) -> None:
    found = c_header.compiler()
    if found is None:
        pytest.skip("no working C compiler")
    form, errors = formats.formats["c_header"](), Errors(1e-5)
    for number, case, network in networks("c_header"):
        path = tmp_path / f"net_{number}.h"
        path.write_bytes(form.write(network, path.name)[path.name])
        x, outputs = network.samples.x, network.network.output_shape
        made = c_header.compiled(path, x.reshape(len(x), -1), int(np.prod(outputs)), found[0])
        errors.compare(case, network.network.predict(network.params, x), made.reshape(len(x), *outputs))
    errors.tell(found[1])


# ------------------------------------------------------------------------------------------------------------- PyTorch


def program(name: str, network: Any, folder: Path, file: str) -> dict[str, Any]:
    """What an exported program defines, its files written into a folder."""
    for each, content in formats.formats[name]().write(network, file).items():
        (folder / each).write_bytes(content)
    return runpy.run_path(str(folder / file))


def test_every_layer_predicts_the_same_in_pytorch(tmp_path: Path) -> None:
    torch, errors = pytest.importorskip("torch"), Errors(1e-5)
    for number, case, network in networks("pytorch"):
        model = program("pytorch", network, tmp_path, f"net_{number}_torch.py")["load"]()
        for x in (network.samples.x, network.samples.x[:1]):
            errors.compare(case, network.network.predict(network.params, x), model.predict(x).numpy())
        assert model(torch.as_tensor(network.samples.x)).shape[0] == len(network.samples.x)
    errors.tell(f"PyTorch {torch.__version__}")


def test_padding_is_left_out_in_pytorch_too(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    tests = loaded(CONTRACT.parent / "unit" / "formats" / "test_numpy_program.py")
    for dtype, tolerance in (("float32", 1e-6), ("float64", 1e-12)):
        for number, layers in enumerate(tests.MASKED.values()):
            network = tests.of_layers(tests.TOKENS, *layers, dtype=dtype)
            model = program("pytorch", network, tmp_path, f"net_{number}_torch.py")["load"]()
            ours = network.network.predict(network.params, tests.TOKENS.astype(dtype))
            np.testing.assert_allclose(model.predict(tests.TOKENS).numpy(), ours, atol=tolerance, rtol=0)


def test_losses_and_penalties_are_those_of_the_training_in_pytorch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    rng, told = np.random.default_rng(0), []
    for name in losses:
        kinds = [losses[name](), *([losses[name](label_smoothing=0.2)] if hasattr(losses[name](), "label_smoothing") else [])]
        if name == "binary_focal_crossentropy":
            kinds.append(losses[name](apply_class_balancing=True, alpha=0.3, gamma=1.5))
        for loss in kinds:
            last = Softmax() if loss.exclusive else Sigmoid()
            layers = (Dense(4, Tanh(), kernel_regularizer=L1L2(0.01, 0.02)), Dense(3, last, bias_regularizer=L2(0.3)))
            one = rng.integers(0, 3, 8)
            y = one if loss.exclusive else rng.random((8, 3)) if loss.targets != "sides" else rng.integers(0, 2, (8, 3))
            task = "classification" if loss.exclusive else "regression"
            experiment = Experiment(Arrays(rng.normal(size=(8, 5)), np.asarray(y, None if loss.exclusive else float), task,
                                           validation_rows=2), layers, loss, metrics=())  # fmt: skip
            samples = experiment.samples()
            network = experiment.network(samples)
            params = network.initial(3, "float32")
            made = program("pytorch", Trained(experiment, params, samples), tmp_path, f"{name}_torch.py")
            model, x, targets = made["load"](), samples.x, network.targets(samples.y)
            p = model(torch.as_tensor(x))
            theirs = float(made["loss"](p, torch.as_tensor(targets))) + float(made["penalty"](model))
            outputs = network.outputs(params, x, network.contexts(Workspace(params.vector.dtype), False))
            ours = float(network.rows_loss(outputs, targets).mean()) + network.penalty(params)
            assert theirs == pytest.approx(ours, rel=2e-5), loss
            told.append(name)
    print("\n", len(told), "losses with penalties:", ", ".join(dict.fromkeys(told)))


def test_optimizers_are_made_with_the_numbers_of_the_training_in_pytorch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    made_of = {}
    for name in optimizers:
        network = loaded(CONTRACT / "test_formats.py").trained(loaded(CONTRACT / "conftest.py").LAYER_CASES["dense"])
        network = replace(network, experiment=replace(network.experiment, optimizer=optimizers[name](learning_rate=0.03)))
        made = program("pytorch", network, tmp_path, f"{name}_torch.py")
        if "optimizer" in made:
            optimizer = made["optimizer"](made["load"]())
            assert optimizer.param_groups[0]["lr"] == 0.03
            made_of[name] = type(optimizer).__name__
    print("\noptimizers:", made_of)
    assert set(optimizers) - set(made_of) == {"lion", "ftrl", "adafactor"}


def test_a_step_of_the_training_in_pytorch_is_netviz_own(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    experiment = replace(EXAMPLES["iris"].experiment, optimizer=SGD(0.1), dtype="float64", batch_size=500)
    run, samples = Run.of(experiment), experiment.samples()
    first, second = (moment.frame() for moment in itertools.islice(train(run, samples, epochs=1), 2))
    made = program("pytorch", Trained.of(run, first, samples), tmp_path, "net_torch.py")
    model = made["load"]().train()
    optimizer = made["optimizer"](model)
    y = torch.nn.functional.one_hot(torch.as_tensor(samples.y.copy()), 3).double()
    made["loss"](model(torch.as_tensor(samples.x.copy())), y).backward()
    optimizer.step()
    np.testing.assert_allclose(model.dense.weight.detach().numpy().T, second.params[0]["kernel"], rtol=1e-9)


# --------------------------------------------------------------------------------------------------------------- Keras

# Where windows stick out by an odd number, Keras on PyTorch counts repeated pixels in an average; elsewhere it does not.
UNLIKE = ((3, 2), (7, 2))


def _said(config: Any) -> Any:
    """What a Keras object says of itself, without what no script says."""
    if isinstance(config, dict):
        silent = ("registered_name", "build_config", "module", "seed", "optional")
        return {key: _said(value) for key, value in config.items() if key not in silent}
    if isinstance(config, (list, tuple)):
        return [_said(item) for item in config] or None
    return config


def test_every_layer_predicts_the_same_in_keras_and_is_the_layer_of_the_keras_file(tmp_path: Path) -> None:
    keras, errors, refused = pytest.importorskip("keras"), Errors(1e-5), []
    file = formats.formats["keras"]()
    for number, case, network in networks("keras_source"):
        model = program("keras_source", network, tmp_path, f"net_{number}_keras.py")["load"]()
        path = tmp_path / f"{number}.keras"
        path.write_bytes(file.write(network, path.name)[path.name])
        other = keras.models.load_model(path)
        for ours, theirs in zip(model.layers, other.layers, strict=True):
            if type(ours).__name__ != "InputLayer":
                assert _said(ours.get_config()) == _said(theirs.get_config()), case
        mine, its = (_said(each.optimizer.get_config()) for each in (model, other))
        assert mine | {"name": ""} == its | {"name": ""}
        x = network.samples.x
        try:
            predicted = np.asarray(keras.ops.convert_to_numpy(model(x, training=False)))
        except RuntimeError as problem:  # on PyTorch Keras normalizes along last axes only
            assert "normalized_shape" in str(problem)
            refused.append(case.layer)
            continue
        if type(case.layer).__name__ == "AveragePooling2D" and (case.layer.pool_size[0], (case.layer.strides or (0,))[0]) in UNLIKE:
            continue
        errors.compare(case, network.network.predict(network.params, x), predicted)
    errors.tell(f"Keras {keras.__version__}")
    print("not run by Keras:", len(refused))


def test_padding_is_left_out_in_keras_too(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    tests = loaded(CONTRACT.parent / "unit" / "formats" / "test_numpy_program.py")
    for number, layers in enumerate(tests.MASKED.values()):
        network = tests.of_layers(tests.TOKENS, *layers)
        if formats.formats["keras_source"]().refusal(network):
            continue
        model = program("keras_source", network, tmp_path, f"net_{number}_keras.py")["load"]()
        tokens = tests.TOKENS[tests.TOKENS.any(1)].astype("float32")  # of padding alone Keras' mean is not a number
        ours = network.network.predict(network.params, tokens)
        theirs = keras.ops.convert_to_numpy(model(tokens, training=False))
        np.testing.assert_allclose(theirs, ours, atol=1e-6, rtol=0, err_msg=str(layers))


@pytest.mark.parametrize("name", ["iris", "diabetes", "digits-conv", "sentiment"])
def test_a_keras_script_goes_on_training_with_what_its_optimizer_remembers(tmp_path: Path, name: str) -> None:
    keras = pytest.importorskip("keras")
    run = Run.of(EXAMPLES[name].experiment)
    *_, last = train(run, run.experiment.samples(), epochs=1)
    network = Trained.of(run, last.frame())
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        made = program("keras_source", network, tmp_path, "net_keras.py")
        model = made["load"]()
    assert int(model.optimizer.iterations) == network.updates > 0
    slots = [keras.ops.convert_to_numpy(variable) for variable in model.optimizer.variables[2:]]
    assert slots and all(np.abs(slot).max() > 0 for slot in slots)
    data = run.experiment.dataset.load()
    keras.utils.set_random_seed(0)
    history = model.fit(data.x, data.y, batch_size=32, epochs=2, verbose=0).history["loss"]
    assert history[1] < history[0]
    before = keras.ops.convert_to_numpy(model.weights[-1]).copy()
    assert not np.allclose(before, keras.ops.convert_to_numpy(made["build"]().weights[-1]))


def test_weights_of_another_export_are_refused_by_the_scripts(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    for seed, folder in ((0, tmp_path / "a"), (1, tmp_path / "b")):
        folder.mkdir()
        run = Run.of(replace(EXAMPLES["iris"].experiment, seed=seed))
        first = next(iter(train(run, run.experiment.samples()))).frame()
        for form, file in (("pytorch", "net_torch.py"), ("keras_source", "net_keras.py")):
            program(form, Trained.of(run, first), folder, file)
    for file, weights in (("net_torch.py", "net_torch.safetensors"), ("net_keras.py", "net_keras.weights.h5")):
        load = runpy.run_path(str(tmp_path / "a" / file))["load"]
        load()
        with pytest.raises(ValueError, match="belongs to another export"):
            load(tmp_path / "b" / weights)
        mine = tmp_path / f"mine{'.safetensors' if 'torch' in file else '.weights.h5'}"
        if "torch" in file:
            from safetensors.torch import save_file

            save_file(load().state_dict(), mine)  # what somebody trained on and kept by themselves is taken
        else:
            load().save_weights(mine)
        load(mine)


# ------------------------------------------------------------------------------------------- networks of many layers


def _predicted(name: str, made: dict[str, Any], x: Any) -> Any:
    if name == "numpy_program":
        return made["predict"](x)
    if name == "pytorch":
        return made["load"]().predict(x).numpy()
    import keras

    return keras.ops.convert_to_numpy(made["load"]()(x.astype(np.float32), training=False))


@pytest.mark.parametrize(("name", "count"), [("numpy_program", 120), ("pytorch", 120), ("keras_source", 60), ("c_header", 60)])
def test_random_networks_of_many_layers_on_scaled_data_predict_the_same(tmp_path: Path, name: str, count: int) -> None:
    pytest.importorskip({"pytorch": "torch", "keras_source": "keras"}.get(name, "numpy"))
    form, random_network = formats.formats[name](), loaded(CONTRACT / "random_networks.py").random_network
    largest, taken = 0.0, 0
    for seed in range(count):
        network = random_network(seed)
        if form.refusal(network):
            continue
        rows, taken = network.held_out, taken + 1
        ours = network.samples.in_units(network.network.predict(network.params, rows.x))
        file = f"net_{seed}{form.suffixes[0]}"
        if name == "c_header":
            found = c_header.compiler()
            if found is None:
                pytest.skip("no working C compiler")
            (tmp_path / file).write_bytes(form.write(network, file)[file])
            theirs = c_header.compiled(tmp_path / file, rows.units.reshape(len(rows.units), -1), 2, found[0])
        else:
            theirs = _predicted(name, program(name, network, tmp_path, file), rows.units)
        error = float(np.abs(ours - theirs).max()) / max(1.0, float(np.abs(ours).max()))
        assert error <= (1e-6 if name == "numpy_program" else 1e-5), (seed, error)
        largest = max(largest, error)
    print(f"\n{taken} random networks as {name}: largest relative error {largest:.2g}")

