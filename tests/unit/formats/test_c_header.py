"""A network as a C header: it compiles without a warning as C99 and as C++, and predicts what the engine does."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats
from netviz.datasets import Arrays, Preprocessing
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import Relu, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import LSTM, Conv2D, Dense, Flatten, LayerNormalization, Permute, Residual
from netviz.engine.losses import MeanSquaredError
from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.files import FileProblem
from netviz.formats.programs import c_header, c_layers
from netviz.formats.trained import Trained

needs_compiler = pytest.mark.usefixtures("a_compiler")


@pytest.fixture
def a_compiler() -> None:
    if c_header.compiler() is None:
        pytest.skip("no working C compiler")


def trained(name: str, **changes: Any) -> Trained:
    experiment = replace(EXAMPLES[name].experiment, **changes)
    run = Run.of(experiment)
    *_, last = train(run, experiment.samples(), epochs=1)
    return Trained.of(run, last.frame())


def of_layers(shape: tuple[int, ...], *layers: Any, scaled: bool = False, dtype: str = "float32") -> Trained:
    """A network with its first weights."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(9, *shape)) * 7 + 5000 * scaled
    preprocessing = Preprocessing(standardize="on" if scaled else "off", standardize_targets=scaled)
    experiment = Experiment(
        Arrays(x, rng.normal(size=(9, 2)) * 30 + 400, validation_rows=3), layers, MeanSquaredError(), metrics=(),
        preprocessing=preprocessing, dtype=dtype,
    )  # fmt: skip
    samples = experiment.samples()
    return Trained(experiment, experiment.network(samples).initial(0, dtype), samples)


@needs_compiler
@pytest.mark.parametrize("name", ["iris", "circle", "diabetes", "chirps"])
def test_an_example_is_compiled_without_a_warning_and_proved(tmp_path: Path, name: str) -> None:
    network = trained(name)
    proof = formats.export(tmp_path / "net.h", network)
    scale = 1 if network.samples.classes else 400
    assert proof.rows > 29 and proof.difference <= 1e-6 * scale and "compared by" in proof.sentence
    assert [path.name for path in tmp_path.iterdir()] == ["net.h"]


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_features_are_scaled_before_they_are_rounded(tmp_path: Path, dtype: str) -> None:
    network = of_layers((3,), Dense(4, Tanh()), Dense(2), scaled=True, dtype=dtype)
    assert formats.export(tmp_path / "net.h", network).rows == 3


@needs_compiler
def test_blocks_with_a_way_around_them_keep_what_came_in(tmp_path: Path) -> None:
    inner = Residual((Conv2D(2, 3, padding="same", activation=Relu()), Residual((Dense(2, Tanh()),))))
    network = of_layers((4, 3, 2), inner, Residual((Dense(5), Dense(2))), Flatten(), Residual((Dense(24),)), Dense(2))
    assert formats.export(tmp_path / "net.h", network).difference <= 1e-4


@needs_compiler
@pytest.mark.parametrize("layers", [(Flatten(),), (Residual((Dense(2),)),), (Permute((1,)),)])
def test_a_network_of_hardly_a_layer_is_compiled_too(tmp_path: Path, layers: tuple[Any, ...]) -> None:
    assert formats.export(tmp_path / "net.h", of_layers((2,), *layers)).rows == 3


@needs_compiler
@pytest.mark.parametrize("buffer", ["static", ""])
@pytest.mark.parametrize("compiler", ["gcc", "g++", "clang", "clang++"])
def test_it_compiles_as_c_and_as_c_plus_plus_and_may_be_included_twice(tmp_path: Path, compiler: str, buffer: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    source = formats.formats["c_header"]().write(trained("chirps"), "net.h")["net.h"].decode()
    (tmp_path / "net.h").write_text(source, "utf-8")
    begin = f"#define NETVIZ_BUFFER {buffer}\n" + '#include "net.h"\n' * 2
    body = "int main(void) { static float x[NETVIZ_INPUTS]; float y[NETVIZ_OUTPUTS]; netviz_predict(x, y); return netviz_classes[netviz_class(y)][0] == 0; }\n"
    plus = compiler.endswith("++")
    (tmp_path / f"main.{'cpp' if plus else 'c'}").write_text(begin + body)
    standard = "-std=c++11" if plus else "-std=c99"
    flags = [standard, "-pedantic", "-Wall", "-Wextra", "-Werror", "-Wshadow"]
    main = "main.cpp" if plus else "main.c"
    done = subprocess.run([compiler, *flags, main, "-o", "main", "-lm"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert subprocess.run([tmp_path / "main"], check=False).returncode == 0


@needs_compiler
@pytest.mark.parametrize("name", ['*/ int x; /*', '"', "\\", "??/", "x\ny", "🙂", "_", "dense kernel", 'a"; int main(void) {}'])
def test_names_from_data_and_layers_are_never_code(tmp_path: Path, name: str) -> None:
    x = np.random.default_rng(0).normal(size=(9, 2))
    layers = (Dense(3, name=name), Dense(3, name="feature"), Dense(3, name=f"{name} "), Dense(2, name="windows"))
    experiment = Experiment(
        Arrays(x, np.arange(9) % 2, "classification", validation_rows=3), layers, MeanSquaredError(), metrics=(),
        preprocessing=Preprocessing(standardize="on"),
    )  # fmt: skip
    samples = replace(experiment.samples(), features=(name, "b"), classes=(f"{name} class", "other"))
    told = {"netviz": name, "data": {"type": name, "rows": name}}
    network = Trained(experiment, experiment.network(samples).initial(0, "float32"), samples, told)
    assert formats.export(tmp_path / "net.h", network).rows == 3
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "net.h"\nint main(void) { fputs(netviz_classes[0], stdout); (void)netviz_predict; (void)netviz_class; }\n'
    )
    subprocess.run([c_header.compiler()[0], *c_header.FLAGS, "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)  # type: ignore[index]
    said = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout
    assert said == f"{name} class".encode()


def test_without_a_compiler_it_is_said_that_nothing_is_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_header, "compiler", lambda: None)
    proof = formats.export(tmp_path / "net.h", trained("iris"))
    assert "NOT proved, because no working C compiler was found (cc, gcc, clang)" in proof.sentence
    assert proof.rows == 0 and math.isnan(proof.difference) and proof.by == "" and (tmp_path / "net.h").exists()


@needs_compiler
@pytest.mark.parametrize("wrong", ["netviz_dense(a, b", "int unused", "*(volatile int *)0 = 1"])
def test_a_header_that_does_not_compile_run_or_predict_alike_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    (tmp_path / "net.h").write_text("older")
    written = c_header._source
    spoilt = re.compile(r"(static inline void netviz_predict.*?)\n}\n", re.DOTALL)
    monkeypatch.setattr(c_header, "_source", lambda *a, **k: spoilt.sub(lambda m: f"{m[1]}\n    {wrong};\n}}\n", written(*a, **k)))
    network = of_layers((2,), Dense(2))
    with pytest.raises(FileProblem, match=r"was not written: (it does not compile|its program does not run)"):
        formats.export(tmp_path / "net.h", network, replace=True)
    assert (tmp_path / "net.h").read_text() == "older" and len(list(tmp_path.iterdir())) == 1


@needs_compiler
def test_predictions_that_differ_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(c_layers._SIMPLE, "tanh", "netviz_sigmoid")
    with pytest.raises(FileProblem, match="predictions from it differ"):
        formats.export(tmp_path / "net.h", of_layers((2,), Dense(2, Tanh())))
    assert not list(tmp_path.iterdir())


def test_layers_that_c_has_not_are_refused_by_name(tmp_path: Path) -> None:
    for layer, kind in ((LSTM(3), "LSTM"), (LayerNormalization(1), "along axes that are not the last")):
        layers = (layer, Flatten(), Dense(2)) if kind != "LSTM" else (layer, Dense(2))
        with pytest.raises(FileProblem, match=f"the layer .* \\({re.escape(type(layer).__name__)}.*has no form in the C header") as told:
            formats.export(tmp_path / "net.h", of_layers((4, 3), *layers))
        assert kind in str(told.value)
    assert not list(tmp_path.iterdir())


def test_a_look_at_the_header_has_no_weights_in_it() -> None:
    network = trained("digits")
    form = formats.formats["c_header"]()
    look, whole = form.excerpt(network, "net.h"), form.write(network, "net.h")["net.h"].decode()
    assert len(look) < len(whole) / 5 and "netviz_predict(const float *x, float *y)" in look
