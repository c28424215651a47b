"""Programs are written to the letter as they were when somebody read them."""

from __future__ import annotations

import difflib
import importlib.util
from pathlib import Path
from typing import Any

import pytest


def made() -> Any:
    """The script that wrote them."""
    spec = importlib.util.spec_from_file_location("make_programs", Path(__file__).parent / "make_programs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", made().FILES)
def test_a_program_is_written_as_it_was_read(name: str) -> None:
    wanted, found = (made().FOLDER / name).read_text("utf-8"), made().written(name).decode()
    assert found == wanted, "".join(difflib.unified_diff(wanted.splitlines(True), found.splitlines(True), "kept", "written"))
