"""Networks of many layers, drawn at random, predict the same as programs; what they are made of fits together in any order."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz import formats
from netviz.formats.programs import torch_layout, torch_source


def drawn(seed: int) -> Any:
    spec = importlib.util.spec_from_file_location("random_networks", Path(__file__).parent / "random_networks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.random_network(seed)


@pytest.mark.parametrize("seed", range(40))
def test_the_numpy_program_predicts_what_the_engine_does(seed: int) -> None:
    network = drawn(seed)
    made: dict[str, Any] = {"__name__": "net"}
    exec(compile(formats.formats["numpy_program"]().write(network, "net.py")["net.py"], "net.py", "exec"), made)
    rows = network.held_out
    ours = network.samples.in_units(network.network.predict(network.params, rows.x))
    np.testing.assert_allclose(made["predict"](rows.units), ours, atol=1e-6 * max(1.0, float(np.abs(ours).max())))


@pytest.mark.parametrize("seed", range(40))
def test_sources_compile_and_their_weights_come_back_bit_for_bit(seed: int, tmp_path: Path) -> None:
    network = drawn(seed)
    for name, file in (("pytorch", "net_torch.py"), ("keras_source", "net_keras.py")):
        form = formats.formats[name]()
        assert not form.refusal(network)
        for each, content in form.write(network, file).items():
            (tmp_path / each).write_bytes(content)
        compile((tmp_path / file).read_bytes(), file, "exec")
        found = form.read_back(network, tmp_path / file).arrays
        assert {key: array.tobytes() for key, array in found.items()} == {k: a.tobytes() for k, a in network.arrays.items()}
    placed = torch_source.modelled(network).layout
    assert sorted(p.array for p in placed) == sorted(network.arrays) and {p.how for p in placed} <= torch_layout.WAYS.keys()
