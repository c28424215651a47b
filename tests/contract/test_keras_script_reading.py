"""The Keras scripts that netviz writes are read again as the networks they came from, every layer of it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from netviz import formats
from netviz.formats.keras_script.file import followed
from netviz.formats.keras_script.network import imported

FORM = formats.formats["keras_source"]()


def _trained(layer_case: Any) -> formats.Trained:
    name = "format_contract"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("test_formats.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    made: formats.Trained = sys.modules[name].trained(layer_case)
    return made


def test_a_script_that_netviz_wrote_is_the_network_it_came_from(layer_case: Any) -> None:
    before = _trained(layer_case)
    if FORM.refusal(before):
        return
    script = FORM.write(before, "net_keras.py")["net_keras.py"]
    assert formats.formats["keras_script"]().recognises(script)
    found = imported(followed(script, '"net_keras.py"'), '"net_keras.py"')
    assert found.layers == before.experiment.layers and found.input_shape == before.samples.row_shape
    assert found.settings["optimizer"] == before.experiment.optimizer and found.settings["loss"] == before.experiment.loss
    assert [part.what for part in found.left_out] == ["model.load_weights"]
