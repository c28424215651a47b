"""The files that come with the program are found in a checkout and in a wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netviz import resources

PACKAGE = Path(resources.__file__).parent


def test_a_checkout_has_them_beside_the_package() -> None:
    assert resources.path() == PACKAGE.parent / "resources"
    assert resources.path("data", "iris.npz").is_file()


def test_a_wheel_has_them_inside_the_package(tmp_path: Path) -> None:
    installed = tmp_path / "netviz"
    (installed / "resources" / "data").mkdir(parents=True)
    (installed / "resources" / "data" / "x.npz").touch()
    (installed / "__init__.py").touch()
    shutil.copy(PACKAGE / "resources.py", installed)
    (tmp_path / "resources").mkdir()  # somebody else's folder beside the package, in site-packages
    code = "from netviz import resources; print(resources.path('data', 'x.npz'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert Path(done.stdout.strip()) == installed / "resources" / "data" / "x.npz"


def test_the_place_does_not_depend_on_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = resources.path("data")
    monkeypatch.chdir(tmp_path)
    assert resources.path("data") == here


def test_what_is_missing_is_named_with_what_to_do() -> None:
    with pytest.raises(FileNotFoundError, match=r"resources/data/no\.npz.* is missing; install netviz again"):
        resources.path("data", "no.npz")


def test_a_program_without_any_resources_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "netviz")
    with pytest.raises(FileNotFoundError, match="^resources, which comes with netviz, is missing"):
        resources.path()
