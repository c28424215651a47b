"""Symbols in one line are set at once, in the letters of the formula library; what is more than that is left to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QImage

from netviz.gui import formulas
from netviz.gui.glyphs import Glyph, load_font, parsed, set_in_line


@pytest.fixture(autouse=True)
def forgotten(qtbot: object) -> Iterator[None]:
    load_font()
    formulas.formula.cache_clear()
    yield
    formulas.formula.cache_clear()


def test_a_symbol_is_its_letter_with_what_stands_above_and_below() -> None:
    assert parsed(r"\delta^{(3)}_{4,5}") == (Glyph("𝛿", "(3)", "4,5"),)
    assert parsed("x_{1,2}") == (Glyph("𝑥", "", "1,2"),) and parsed("h_t") == (Glyph("ℎ", "", "t"),)
    assert [glyph.text for glyph in parsed(r"\hat{x}^{(2.1)}_{3}") or ()] == ["𝑥\u0302"]
    assert [glyph.text.strip("\u200a\u2009") for glyph in parsed(r"1 - a^2") or () if glyph.text] == ["1", "−", "𝑎"]
    assert [glyph.text for glyph in parsed(r"\text{query}\,w^{(1)}_{3}") or () if glyph.text] == ["query", "𝑤"]


@pytest.mark.parametrize("latex", [r"\frac{1}{2}", r"\sum_i a_i", r"\sqrt{x}", r"\left(x\right)", r"\overline{x}", r"a^{\frac{1}{2}}"])
def test_what_is_more_than_a_line_is_left_to_the_library(latex: str) -> None:
    assert parsed(latex) is None and not formulas.formula(latex, 13.0, "#000000", 1.0).isNull()


def ink(image: QImage) -> int:
    return sum(image.pixelColor(x, y).alpha() > 60 for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize("latex", [r"\delta^{(3)}_{4,5,6}", "w^{(2)}_{1,4}", r"\partial h^{(1)}_{6,2}", "g_{12}", r"\gamma^{(2)}_{3}"])
def test_it_looks_as_the_library_would_set_it(qtbot: object, latex: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = set_in_line(latex, 26.0, "#000000", 1.0)
    assert quick is not None
    monkeypatch.setattr(formulas, "set_in_line", lambda *_: None)
    slow = formulas.formula(latex, 26.0, "#000000", 1.0)
    assert abs(quick.width() - slow.width()) < 0.25 * slow.width() and abs(quick.height() - slow.height()) < 0.25 * slow.height()
    assert 0.6 < ink(quick.toImage()) / ink(slow.toImage()) < 1.6


def test_the_color_and_the_screen_are_kept(qtbot: object) -> None:
    picture = set_in_line("x_{1}", 20.0, "#ff0000", 2.0)
    assert picture is not None and picture.devicePixelRatio() == 2.0
    image = picture.toImage()
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).alpha() == 255}
    assert colors == {"#ff0000"}


def test_the_line_over_a_letter_has_the_color_of_the_letter(qtbot: object) -> None:
    image = formulas.formula(r"\overline{x}", 24.0, "#ff0000", 1.0).toImage()
    found = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).alpha() == 255]
    assert found and all(color.red() > 250 for color in found)
