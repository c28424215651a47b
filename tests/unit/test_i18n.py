"""Languages: English without a catalogue, another with one, and a light import."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from netviz import files, i18n, resources
from netviz.i18n import N_, _, plural

GERMAN = {
    "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n",
    "{n} rows": "{n} Zeilen",
    "{n} epoch\0{n} epochs": "{n} Epoche\0{n} Epochen",
    "There is no file {name}; check the name and the folder.": "Die Datei {name} gibt es nicht.",
}


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    i18n.choose(None)


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with a German catalogue; returns the folder of catalogues."""
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "netviz")
    folder = tmp_path / "resources" / "locale"
    messages = folder / "de" / "LC_MESSAGES"
    messages.mkdir(parents=True)
    (messages / "netviz.mo").write_bytes(compiled(GERMAN))
    return folder


def compiled(texts: Mapping[str, str]) -> bytes:
    """The catalogue as msgfmt writes it: a head, two tables of (length, place), the texts."""
    pairs = sorted((key.encode(), value.encode()) for key, value in texts.items())
    tables, body = [], b""
    begin = 28 + 16 * len(pairs)
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<2I", len(pair[column]), begin + len(body)))
            body += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + b"".join(tables) + body


def test_without_a_choice_the_language_is_english() -> None:
    assert _("{n} rows").format(n=3) == "3 rows"
    assert [plural("{n} epoch", "{n} epochs", n) for n in (0, 1, 2)] == ["0 epochs", "1 epoch", "2 epochs"]


def test_a_chosen_language_translates_from_now_on(catalogues: Path) -> None:
    i18n.choose("de")
    assert _("{n} rows").format(n=3) == "3 Zeilen"
    assert [plural("{n} epoch", "{n} epochs", n) for n in (1, 2)] == ["1 Epoche", "2 Epochen"]
    assert _("a text nobody has translated") == "a text nobody has translated"


def test_a_region_falls_back_on_its_language(catalogues: Path) -> None:
    i18n.choose("de_CH")
    assert _("{n} rows") == "{n} Zeilen"


def test_a_marked_text_is_translated_when_it_is_shown(catalogues: Path) -> None:
    marked = N_("{n} rows")
    assert marked == "{n} rows"
    i18n.choose("de")
    assert marked == "{n} rows"
    assert _(marked) == "{n} Zeilen"


def test_an_empty_text_stays_empty(catalogues: Path) -> None:
    i18n.choose("de")
    assert _("") == ""


def test_sentences_about_files_are_translated(catalogues: Path) -> None:
    i18n.choose("de")
    with pytest.raises(files.FileProblem, match='Die Datei "no.csv" gibt es nicht'):
        files.read_limited("no.csv", 10)


@pytest.mark.parametrize("language", ["fr", "zh_CN", "../../de", "x\0y", "🙂", ""])
def test_a_language_without_a_catalogue_is_english(catalogues: Path, language: str) -> None:
    i18n.choose("de")
    i18n.choose(language)
    assert _("{n} rows") == "{n} rows"


def test_no_choice_is_english_again(catalogues: Path) -> None:
    i18n.choose("de")
    i18n.choose(None)
    assert _("{n} rows") == "{n} rows"


def test_without_any_folder_of_catalogues_every_language_is_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "netviz")
    i18n.choose("de")
    assert _("{n} rows") == "{n} rows"


def test_a_damaged_catalogue_is_english(catalogues: Path) -> None:
    (catalogues / "de" / "LC_MESSAGES" / "netviz.mo").write_bytes(b"not a catalogue at all")
    i18n.choose("de")
    assert _("{n} rows") == "{n} rows"


def test_importing_it_is_quick_and_brings_nothing_heavy() -> None:
    code = (
        "import time, netviz, sys; before = set(sys.modules); begin = time.perf_counter()\n"
        "import netviz.i18n\n"
        "print(time.perf_counter() - begin, *sorted(set(sys.modules) - before))"
    )
    runs = [subprocess.check_output([sys.executable, "-c", code], text=True).split() for _run in range(3)]
    assert set(runs[0][1:]) <= {"netviz.i18n", "__future__"}
    assert min(float(seconds) for seconds, *_modules in runs) < 0.01
