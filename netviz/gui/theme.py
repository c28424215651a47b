"""Light and dark: one table of named colours for each, from which the palette, the style sheet and all drawing come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Choice = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Theme:
    """Colours by what they are for."""

    name: str
    window: str
    panel: str
    raised: str
    line: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    chosen: str
    training: str
    validation: str
    warning: str
    on_warning: str
    good: str
    tile_edge: str

    def color(self, name: str) -> QColor:
        """A named colour for painting."""
        return QColor(getattr(self, name))


LIGHT = Theme(
    name="light", window="#f5f6f8", panel="#ffffff", raised="#ffffff", line="#d9dde3", text="#1c2128",
    quiet="#667080", accent="#1f77b4", on_accent="#ffffff", chosen="#dcebf7", training="#1f77b4",
    validation="#d9731a", warning="#fdf1e0", on_warning="#8a4b08", good="#1a7f4b", tile_edge="#2b3038",
)  # fmt: skip

DARK = Theme(
    name="dark", window="#21252b", panel="#1b1e23", raised="#2a2f36", line="#383e47", text="#e6e9ee",
    quiet="#98a2b0", accent="#5aa9e6", on_accent="#10151b", chosen="#2b4257", training="#5aa9e6",
    validation="#f0963f", warning="#3a2c17", on_warning="#f5b866", good="#7fd6a4", tile_edge="#c4cad2",
)  # fmt: skip


def chosen(choice: Choice) -> Theme:
    """The theme that a choice means now; the system's where it says, light where it does not."""
    if choice == "system":
        scheme = QGuiApplication.styleHints().colorScheme()
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
    return DARK if choice == "dark" else LIGHT


def apply(theme: Theme, application: QApplication) -> None:
    """Give the whole program a theme: Fusion, a palette, and one style sheet."""
    application.setStyle("Fusion")
    application.setPalette(palette(theme))
    application.setStyleSheet(style_sheet(theme))


def palette(theme: Theme) -> QPalette:
    """The theme as a palette."""
    roles: Mapping[QPalette.ColorRole, str] = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.raised,
        QPalette.ColorRole.AlternateBase: theme.panel,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.on_warning,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.quiet,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.Mid: theme.line,
    }
    made = QPalette()
    for role, color in roles.items():
        made.setColor(role, QColor(color))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, role, theme.color("quiet"))
    return made


def style_sheet(theme: Theme) -> str:
    """What a palette cannot say: rounded controls, flat docks, quiet captions."""
    text = _SHEET
    for field in fields(theme):
        text = text.replace(f"@{field.name};", f"{getattr(theme, field.name)};")
    return text


_SHEET = """
QToolTip { background: @raised; color: @text; border: 1px solid @line; padding: 4px; }
QMainWindow::separator { background: @line; width: 1px; height: 1px; }
QMenuBar { background: @window; } QMenuBar::item { padding: 5px 10px; background: transparent; }
QMenuBar::item:selected, QMenu::item:selected { background: @chosen; color: @text; }
QMenu { background: @raised; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 5px 22px 5px 16px; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QPushButton, QToolButton { background: @raised; border: 1px solid @line; border-radius: 6px; padding: 4px 10px; }
QPushButton:hover, QToolButton:hover { border-color: @accent; }
QPushButton:pressed, QToolButton:pressed { background: @chosen; border-color: @accent; }
QPushButton:checked, QToolButton:checked { background: @chosen; border-color: @accent; }
QPushButton:disabled, QToolButton:disabled { color: @quiet; }
QPushButton:focus, QToolButton:focus { border: 1px solid @accent; }
QPushButton[role="primary"] { background: @accent; color: @on_accent; border-color: @accent; }
QPushButton[role="primary"] { font-weight: 600; padding: 7px 20px; }
QPushButton[role="primary"]:disabled { background: @line; border-color: @line; color: @quiet; }
QToolButton[role="flat"] { border: none; background: transparent; padding: 2px; }
QToolButton[role="flat"]:hover { background: @chosen; }
QLineEdit, QComboBox, QSpinBox { background: @raised; border: 1px solid @line; border-radius: 5px; }
QLineEdit, QComboBox, QSpinBox { padding: 3px 7px; min-height: 20px; }
QLineEdit, QComboBox, QSpinBox { selection-background-color: @accent; selection-color: @on_accent; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus { border-color: @accent; }
QLineEdit[problem="true"] { border-color: @validation; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line; }
QComboBox QAbstractItemView { selection-background-color: @chosen; selection-color: @text; }
QSlider::groove:horizontal { height: 4px; background: @line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -5px 0; border-radius: 7px; }
QSlider::handle:horizontal { border: 2px solid @accent; background: @raised; }
QTabBar::tab { background: transparent; color: @quiet; padding: 6px 12px; border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @accent; border-bottom: 2px solid @accent; font-weight: 600; }
QTabBar::tab:focus { color: @text; }
QDockWidget { titlebar-close-icon: none; color: @quiet; font-weight: 600; }
QDockWidget::title { background: @window; padding: 5px 10px; text-align: left; }
QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { width: 10px; background: transparent; } QScrollBar:horizontal { height: 10px; background: transparent; }
QScrollBar::handle { background: @line; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QStatusBar { background: @window; color: @quiet; } QStatusBar::item { border: none; }
QLabel[role="caption"] { color: @quiet; font-weight: 600; font-size: 11px; }
QLabel[role="quiet"] { color: @quiet; }
QLabel[role="problem"] { background: @warning; color: @on_warning; border-radius: 5px; padding: 5px 7px; }
QFrame[role="card"] { background: @raised; border: 1px solid @line; border-radius: 7px; }
QFrame[role="card"][chosen="true"] { background: @chosen; border-color: @accent; }
QFrame[role="card"][problem="true"] { border: 2px solid @validation; }
QFrame[role="bar"] { background: @window; border: none; border-bottom: 1px solid @line; }
""".strip()
