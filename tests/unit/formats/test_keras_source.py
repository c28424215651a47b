"""A Keras script: the same model as in a .keras file, said in the words that people write."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from netviz import formats
from netviz.datasets import Arrays
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import LeakyRelu, Relu, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.initializers import HeNormal
from netviz.engine.layers import (
    LSTM,
    BatchNormalization,
    Bidirectional,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    MultiHeadAttention,
    Residual,
)
from netviz.engine.losses import CategoricalCrossentropy, MeanSquaredError
from netviz.engine.metrics import Precision
from netviz.engine.optimizers import LBFGS, SGD
from netviz.engine.regularizers import L1L2
from netviz.engine.run import Run
from netviz.engine.schedules import CosineDecay, OneCycle, ReduceOnPlateau
from netviz.engine.stopping import EarlyStopping
from netviz.engine.surgery import Freeze
from netviz.engine.train import train
from netviz.formats import consumer
from netviz.formats.trained import Trained


@pytest.fixture(autouse=True)
def no_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras itself is met in the interop tests."""
    monkeypatch.setattr(consumer, "installed", lambda _package: False)


def of_layers(shape: tuple[int, ...], *layers: Any, **changes: Any) -> Trained:
    rng = np.random.default_rng(0)
    experiment = Experiment(
        Arrays(rng.normal(size=(9, *shape)), rng.normal(size=(9, 2)), validation_rows=3), layers, MeanSquaredError(), metrics=()
    )
    experiment = replace(experiment, **changes)
    samples = experiment.samples()
    return Trained(experiment, experiment.network(samples).initial(0, experiment.dtype), samples)


def source(network: Trained) -> str:
    text = formats.formats["keras_source"]().write(network, "net_keras.py")["net_keras.py"].decode()
    compile(text, "net_keras.py", "exec")
    return text


def test_script_and_weights_are_written_together_and_what_proved_them_is_said(tmp_path: Path) -> None:
    run = Run.of(EXAMPLES["iris"].experiment)
    *_, last = train(run, run.experiment.samples(), epochs=1)
    proof = formats.export(tmp_path / "net_keras.py", Trained.of(run, last.frame()))
    assert proof.files == ("net_keras.py", "net_keras.weights.h5")
    assert "4 arrays read back bit for bit" in proof.sentence and "Keras, which would run the source, is not here" in proof.sentence
    with h5py.File(tmp_path / "net_keras.weights.h5") as file:
        assert file.attrs["netviz.export"] in (tmp_path / "net_keras.py").read_text("utf-8")
        assert list(file["optimizer/vars"])[:1] == ["0"]
    again = formats.export(tmp_path / "other_keras.py", Trained.of(run, last.frame()))
    assert again.bytes == pytest.approx(proof.bytes, abs=20)


def test_only_arguments_that_are_no_defaults_are_said() -> None:
    layers = (
        Conv2D(4, (3, 3), strides=2, padding="same", activation=Relu(), kernel_initializer=HeNormal()), BatchNormalization(momentum=0.9),
        Flatten(), Dense(2, kernel_regularizer=L1L2(0.1, 0.2), use_bias=False), Dense(2, LeakyRelu(0.4)),
    )  # fmt: skip
    text = source(of_layers((6, 6, 1), *layers))
    said = [line.strip() for line in text.partition("Sequential([")[2].partition("])")[0].splitlines()[1:-1]]
    assert said == [
        "keras.Input((6, 6, 1)),",
        "layers.Conv2D(",
        '4, (3, 3), strides=(2, 2), padding="same", activation="relu",',
        'kernel_initializer=keras.initializers.HeNormal(), name="conv2d",',
        "),",
        'layers.BatchNormalization(momentum=0.9, name="batch_normalization"),',
        'layers.Flatten(name="flatten"),',
        'layers.Dense(2, use_bias=False, kernel_regularizer=keras.regularizers.L1L2(l1=0.1, l2=0.2), name="dense"),',
        'layers.Dense(2, name="dense_1"),',
        'layers.LeakyReLU(negative_slope=0.4, name="dense_1_activation"),',
    ]


def test_a_block_with_a_way_around_it_and_attention_become_a_graph() -> None:
    block = Residual((Dense(3, Tanh()), Residual((MultiHeadAttention(2, 2),), name="inner"), Dense(3)), name="block")
    text = source(of_layers((4, 3), block, Bidirectional(LSTM(2), "sum"), Dense(2)))
    body = [line.strip() for line in text.partition("def build():")[2].partition("model.compile")[0].splitlines()[2:]]
    assert body == [
        "inputs = x = keras.Input((4, 3))",
        "shortcut = x",
        'x = layers.Dense(3, activation="tanh", name="block_dense")(x)',
        "shortcut_1 = x",
        'x = layers.MultiHeadAttention(2, 2, name="block_inner_multi_head_attention")(x, x)',
        'x = layers.Add(name="block_inner")([shortcut_1, x])',
        'x = layers.Dense(3, name="block_dense_1")(x)',
        'x = layers.Add(name="block")([shortcut, x])',
        'x = layers.Bidirectional(layers.LSTM(2, name="forward"), merge_mode="sum", name="bidirectional")(x)',
        'x = layers.Dense(2, name="dense")(x)',
        "model = keras.Model(inputs, x)",
        "",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"optimizer": SGD(0.1, 0.9, nesterov=True)}, "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)"),
        ({"schedule": CosineDecay(50)}, "learning_rate=keras.optimizers.schedules.CosineDecay("),
        ({"schedule": OneCycle(50)}, "# The learning rate followed OneCycle, which Keras has not."),
        ({"schedule": ReduceOnPlateau(patience=3)}, "keras.callbacks.ReduceLROnPlateau("),
        ({"stopping": EarlyStopping(patience=4, restore_best_weights=True)}, "keras.callbacks.EarlyStopping("),
        ({"stopping": EarlyStopping("a long name, (with spaces) " * 5)}, "EarlyStopping(monitor=\"a long name, (with spaces) a"),
        ({"optimizer": LBFGS()}, "# netviz trained with LBFGS(learning_rate=1.0"),
        ({"class_weight": ((0, 1.0), (1, 2.5))}, "class_weight={0: 1.0, 1: 2.5}"),
        ({"shuffle": False, "epochs": 3, "batch_size": 4}, "batch_size=4, epochs=3"),
        ({"metrics": (Precision(0.3),)}, 'keras.metrics.Precision(name="precision", thresholds=0.3'),
        ({"dtype": "float64"}, 'keras.config.set_floatx("float64")'),
        ({"surgery": (Freeze(0),)}, "trainable=False"),
    ],
)  # fmt: skip
def test_the_training_is_said_in_keras_words(changes: dict[str, Any], said: str) -> None:
    layers, loss = (Dense(3), Dense(2, Softmax())), CategoricalCrossentropy(label_smoothing=0.1)
    data = Arrays(np.random.default_rng(0).normal(size=(9, 4)), np.arange(9) % 2, "classification")
    text = source(of_layers((4,), *layers, dataset=data, loss=loss, **changes))
    assert said in " ".join(text.split()).replace("( ", "("), text
    assert "loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1)" in text


def test_weights_are_read_by_a_model_of_the_same_layers(tmp_path: Path) -> None:
    from netviz.keras.layers import Dense as KerasDense
    from netviz.keras.models import Sequential

    model = Sequential([KerasDense(3, input_dim=2, activation="tanh"), KerasDense(1)])
    x = np.random.default_rng(0).normal(size=(5, 2))
    before = model.predict(x, verbose=0)
    model.save(tmp_path / "net_keras.py")
    other = Sequential([KerasDense(3, input_dim=2, activation="tanh"), KerasDense(1)])
    other.load_weights(tmp_path / "net_keras.weights.h5")
    assert other.predict(x, verbose=0).tobytes() == before.tobytes()


@pytest.mark.parametrize("name", ['"""\nraise SystemExit("ran")\n"""', "\\", '"', "'", "x\ny", "{x}", "🙂", "a b", "shortcut"])
def test_names_from_data_and_layers_are_never_code(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(9, 2))
    layers = (Dense(2, name=name), Residual((Dense(2),), name=f"{name} 2"), Dense(2, name=f"{name} "))
    experiment = Experiment(Arrays(x, np.arange(9) % 2, "classification"), layers, MeanSquaredError(), metrics=())
    samples = replace(experiment.samples(), classes=(f"{name} class", "other"))
    told = {"netviz": name, "data": {"type": name, "rows": name}}
    network = Trained(experiment, experiment.network(samples).initial(0, "float32"), samples, told)
    tree = ast.parse(source(network))
    assert "SystemExit" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert len([node for node in tree.body if isinstance(node, ast.FunctionDef)]) == 3


def test_tokens_and_padding_need_no_line_of_their_own() -> None:
    x = np.array([[1.0, 2, 0]] * 9)
    data = Arrays(x, np.zeros((9, 2)), validation_rows=3)
    text = source(of_layers((3,), Embedding(4, 2, mask_zero=True), LSTM(2), Dense(2), dataset=data))
    assert 'layers.Embedding(4, 2, mask_zero=True, name="embedding")' in text and "mask =" not in text


def test_a_look_at_the_script_is_the_script() -> None:
    network = of_layers((4,), Dense(2))
    assert formats.excerpt("net_keras.py", network) == source(network)
    assert formats.for_export("model.py", "keras").suffixes[0] == "_keras.py"
    assert formats.for_export("model.keras", "keras").suffixes == (".keras",)
