"""The script that sets everything up: what it can say without touching the machine."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("netviz_dev", ROOT / "packaging" / "dev.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libGL.so.1", "libgl1"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libX11-xcb.so.1", "libx11-xcb1"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libxcb-cursor.so.0", "libxcb-cursor0"),
        ("libz.so.1", "zlib1g"),
    ],
)
def test_the_debian_package_of_a_library(dev: ModuleType, library: str, package: str) -> None:
    assert dev.package_of(library) == package


def test_what_ldd_did_not_find(dev: ModuleType) -> None:
    said = """/a/libQt6Gui.so.6:
\tlibEGL.so.1 => not found
\tlibc.so.6 => /lib/libc.so.6 (0x0)
/a/libqxcb.so:
\tlibEGL.so.1 => not found
\tlibxcb-cursor.so.0 => not found
"""
    assert dev.not_found(said) == ["libEGL.so.1", "libxcb-cursor.so.0"]
    assert dev.not_found("") == []


def test_the_stamp_tells_its_texts_apart(dev: ModuleType) -> None:
    assert dev.stamp("a", "b") == dev.stamp("a", "b")
    assert len({dev.stamp("a", "b"), dev.stamp("ab", ""), dev.stamp("a", "c"), dev.stamp("b", "a")}) == 4


def test_children_may_write_byte_code(dev: ModuleType) -> None:
    child = dev.environment({"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/home"})
    assert "PYTHONDONTWRITEBYTECODE" not in child
    assert child["HOME"] == "/home"


def test_the_first_failure_counts(dev: ModuleType) -> None:
    assert dev.first_failure([0, 3, 1]) == 3
    assert dev.first_failure([0, 0]) == 0


def test_functions_are_measured(dev: ModuleType) -> None:
    assert sorted(dev.functions_of("def a():\n    pass\n\nclass B:\n    def c(self): ...\n")) == [(1, "c"), (2, "a")]


def test_an_old_python_gets_one_sentence(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.sys, "version_info", (3, 9, 2))
    assert dev.main(["test"]) == 2
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "3.11" in said


def test_packages_to_install_are_said_to_those_who_may_not(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    assert not dev.apt_install(["libgl1", "libegl1"])
    assert "apt-get install -y --no-install-recommends libgl1 libegl1" in capsys.readouterr().out


@pytest.mark.parametrize("there, root, wanted", [(False, True, [["xvfb"]]), (False, False, []), (True, True, [])])
def test_a_screen_is_installed_in_ci_only_where_it_lacks_and_can_be(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, there: bool, root: bool, wanted: list[list[str]]
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(dev.sys, "platform", "linux")
    monkeypatch.setattr(dev.shutil, "which", lambda name: None if name == "Xvfb" and not there else f"/usr/bin/{name}")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr(dev, "apt_install", lambda packages: asked.append(packages) or True)
    dev.see_to_screen()
    assert asked == wanted


def test_without_a_display_the_weights_and_the_picture_are_of_one_example(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[tuple[str, ...]] = []
    monkeypatch.setattr(dev, "has_display", lambda: False)
    monkeypatch.setattr(dev, "python", lambda *words, **_how: called.append(words) or 0)
    assert dev.run([]) == 0
    assert "no display" in capsys.readouterr().out
    assert [words[2] for words in called] == ["train", "picture"]
    assert len({words[3] for words in called}) == 1


def test_unknown_commands_get_help() -> None:
    ended = subprocess.run(
        [sys.executable, "packaging/dev.py", "dance"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "dev.py run" in ended.stdout


def test_versions_are_pinned_without_addresses() -> None:
    lines = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"[a-z0-9-]+==[\w.]+( ; .+)?$", line) for line in lines)
    bindings = [line for line in lines if line.startswith("pyside6-essentials") and ">= '3.12'" not in line]
    assert [line.split("==")[1].startswith("6.11.") for line in bindings] == [True]
