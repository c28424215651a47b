"""Everything in the window can be reached by Tab, and says by tooltip and accessible name what it is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QMenuBar,
    QScrollBar,
    QTabBar,
    QWidget,
)

from netviz.gui.choices import Disclosure
from netviz.gui.window import Window

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar)
EXAMPLES = ("circle", "digits", "diabetes")


def inner(widget: QWidget) -> bool:
    """Whether a control is a part of another, which has name and tooltip for it, or Qt's own."""
    if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
        return True
    above = widget.parentWidget()
    return isinstance(above, (QComboBox, QAbstractSpinBox, QAbstractItemView, QMenuBar, QMenu))


def controls(window: Window) -> list[QWidget]:
    return [w for w in window.findChildren(QWidget) if isinstance(w, CONTROLS) and w.isVisible() and not inner(w)]


def everything_open(hand, example: str) -> Window:
    window = hand.open(f"example:{example}")
    window.open_layer(0)
    for fold in window.findChildren(Disclosure):
        fold.open()
    window.sidebar.stops.isChecked() or window.sidebar.stops.click()
    QApplication.processEvents()
    return window


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_control_has_a_tooltip_and_an_accessible_name(hand, example: str) -> None:
    window = everything_open(hand, example)
    for dock in window.docks:
        window.arrangement.reveal(dock)
        QApplication.processEvents()
        found = controls(window)
        assert len(found) > 60
        nameless = [w for w in found if not (w.accessibleName() or isinstance(w, QAbstractButton) and len(w.text()) > 2)]
        silent = [w for w in found if not w.toolTip()]
        assert nameless == [] and silent == [], [(type(w).__name__, getattr(w, "text", str)()) for w in nameless + silent]


@pytest.mark.parametrize("example", EXAMPLES)
def test_tab_comes_to_every_control_that_can_be_used_and_back_to_the_first(hand, example: str) -> None:
    window = everything_open(hand, example)
    window.transport.run.setFocus()
    first, seen = QApplication.focusWidget(), set()
    for _press in range(600):
        widget = QApplication.focusWidget()
        seen.add(widget)
        hand.press(window, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is first:
            break
    assert QApplication.focusWidget() is first, "Tab goes round"
    reachable = {w for w in controls(window) if w.isEnabled() and not isinstance(w, QTabBar) and not _of_the_frame(w)}
    lost = {w for w in reachable - seen if w.focusProxy() is None and not _together(w, seen)}
    assert not lost, [(type(w).__name__, w.accessibleName() or w.toolTip(), type(w.parentWidget()).__name__) for w in lost]


def _of_the_frame(widget: QWidget) -> bool:
    """Buttons of a dock's title, whose commands are in the View menu."""
    return "dockwidget" in widget.objectName().lower() or type(widget.parentWidget()).__name__ == "QDockWidget"


def _together(widget: QWidget, seen: set[QWidget | None]) -> bool:
    """Whether it is one of an exclusive group, where the arrow keys go from one to the other."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and any(button in seen for button in group.buttons())


def test_the_keyboard_walks_backwards_over_the_same_controls(hand) -> None:
    window = hand.open()
    window.transport.run.setFocus()
    walked = []
    for _press in range(12):
        walked.append(QApplication.focusWidget())
        hand.press(window, Qt.Key.Key_Tab)
    for expected in reversed(walked):
        hand.press(window, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        assert QApplication.focusWidget() is expected


def test_every_entry_of_every_menu_has_a_tooltip_and_says_something(hand) -> None:
    window = hand.open()
    for menu in window.menus.values():
        actions = [action for action in menu.actions() if not action.isSeparator()]
        assert actions and all(action.text() and action.toolTip() for action in actions)
