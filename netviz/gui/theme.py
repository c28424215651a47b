"""Light and dark: one table of named colours for each, from which the palette, the style sheet and all drawing come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from netviz import resources

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
    wrong: str
    on_wrong: str
    tile_edge: str
    told: str

    def color(self, name: str) -> QColor:
        """A named colour for painting."""
        return QColor(getattr(self, name))


LIGHT = Theme(
    name="light", window="#f5f6f8", panel="#ffffff", raised="#ffffff", line="#d9dde3", text="#1c2128",
    quiet="#667080", accent="#1f77b4", on_accent="#ffffff", chosen="#dcebf7", training="#1f77b4",
    validation="#d9731a", warning="#fdf1e0", on_warning="#8a4b08", good="#1a7f4b",
    wrong="#c62828", on_wrong="#ffffff", tile_edge="#2b3038", told="#8e3bb5",
)  # fmt: skip

DARK = Theme(
    name="dark", window="#21252b", panel="#1b1e23", raised="#2a2f36", line="#383e47", text="#e6e9ee",
    quiet="#98a2b0", accent="#5aa9e6", on_accent="#10151b", chosen="#2b4257", training="#5aa9e6",
    validation="#f0963f", warning="#3a2c17", on_warning="#f5b866", good="#7fd6a4",
    wrong="#ff6b60", on_wrong="#1b0f0e", tile_edge="#c4cad2", told="#d79af2",
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
        text = text.replace(f"@{field.name} ", f"{getattr(theme, field.name)} ")
    for icon in ("chevron-left", "chevron-right", "chevron-up", "chevron", "check"):
        text = text.replace(f"@{icon};", f'url("{resources.path("icons", f"{icon}-{theme.name}.svg").as_posix()}");')
    return text


_SHEET = """
QToolTip { background: @raised; color: @text; border: 1px solid @line; padding: 4px; }
QMainWindow::separator { background: @line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: @accent; }
QMenuBar { background: @window; } QMenuBar::item { padding: 5px 10px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected, QMenu::item:selected { background: @chosen; color: @text; }
QMenu { background: @raised; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 5px 22px 5px 26px; border-radius: 4px; }
QMenu::item:disabled { color: @quiet; background: transparent; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; border-radius: 3px; }
QMenu::indicator:checked { image: @check; background: @accent; }
QPushButton, QToolButton { background: @raised; border: 1px solid @line; border-radius: 6px; padding: 4px 10px; }
QPushButton:hover, QToolButton:hover { border-color: @accent; }
QPushButton:pressed, QToolButton:pressed { background: @chosen; border-color: @accent; }
QPushButton:checked, QToolButton:checked { background: @chosen; border-color: @accent; }
QPushButton:disabled, QToolButton:disabled { color: @quiet; background: @window; border-color: @line; }
QPushButton:focus, QToolButton:focus { border: 1px solid @accent; background: @chosen; }
QToolButton::menu-indicator { image: @chevron; subcontrol-position: right center; right: 5px; }
QToolButton[popupMode="1"] { padding-right: 20px; }
QPushButton[role="primary"] { background: @accent; color: @on_accent; border: 2px solid @accent; }
QPushButton[role="primary"] { font-weight: 600; padding: 6px 12px; }
QPushButton[role="primary"]:hover { border-color: @text; }
QPushButton[role="primary"]:focus { border-color: @text; }
QPushButton[role="primary"]:disabled { background: @line; border-color: @line; color: @quiet; }
QPushButton[role="fix"] { padding: 2px 8px; color: @accent; }
QToolButton[role="add"] { padding: 3px 22px 3px 10px; }
QToolButton[role="flat"] { border: none; background: transparent; padding: 2px; }
QToolButton[role="flat"]:hover, QToolButton[role="flat"]:focus { background: @chosen; }
QToolButton[role="step"] { padding: 4px 8px; }
QToolButton[role="step"][side="left"] { padding: 4px 2px; border-top-right-radius: 0; border-bottom-right-radius: 0; }
QToolButton[role="step"][side="right"] { padding: 4px 7px; border-top-left-radius: 0; border-bottom-left-radius: 0; }
QToolButton[role="step"][side="right"] { border-left: none; }
QToolButton[role="step"][side="right"]:focus { border-left: 1px solid @accent; }
QToolButton[role="step"][popupMode="2"] { padding-right: 20px; }
QToolButton[role="mode"] { padding: 3px 6px; }
QToolButton[role="mode"]:focus:!checked { background: @raised; }
QToolButton[role="thumbnail"] { padding: 2px 0px; font-size: 10px; border-color: transparent; background: transparent; }
QToolButton[role="thumbnail"]:hover { border-color: @accent; }
QToolButton[role="thumbnail"]:checked { border: 2px solid @accent; background: @chosen; padding: 1px 0px; font-weight: 600; }
QToolButton[role="thumbnail"]:focus { border: 2px solid @accent; padding: 1px 0px; }
QToolButton[role="dataset"] { padding: 2px 4px; font-size: 10px; }
QToolButton[role="dataset"]:checked { border: 2px solid @accent; padding: 1px 3px; }
QPushButton[role="disclosure"] { border: 1px solid transparent; background: transparent; }
QPushButton[role="disclosure"] { padding: 3px 4px 3px 0px; text-align: left; }
QPushButton[role="disclosure"]:hover { color: @accent; }
QPushButton[role="disclosure"]:focus { border-color: @accent; }
QLineEdit, QComboBox, QSpinBox { background: @raised; border: 1px solid @line; border-radius: 5px; }
QLineEdit, QComboBox, QSpinBox { padding: 2px 7px; min-height: 20px; }
QLineEdit, QComboBox, QSpinBox { selection-background-color: @accent; selection-color: @on_accent; }
QLineEdit:hover, QComboBox:hover, QSpinBox:hover { border-color: @quiet; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus { border: 1px solid @accent; background: @panel; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { color: @quiet; background: @window; }
QLineEdit[problem="true"], QComboBox[problem="true"] { border: 1px solid @validation; background: @warning; color: @on_warning; }
QComboBox { padding-right: 2px; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: @chevron; width: 12px; height: 12px; }
QSpinBox { padding: 2px 18px 2px 5px; }
QSpinBox::up-button, QSpinBox::down-button { subcontrol-origin: border; width: 18px; border: none; background: transparent; }
QSpinBox::up-button { subcontrol-position: top right; } QSpinBox::down-button { subcontrol-position: bottom right; }
QSpinBox::up-button:hover, QSpinBox::down-button:hover { background: @chosen; }
QSpinBox::up-arrow { image: @chevron-up; width: 9px; height: 9px; }
QSpinBox::down-arrow { image: @chevron; width: 9px; height: 9px; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line; outline: none; }
QComboBox QAbstractItemView { selection-background-color: @chosen; selection-color: @text; }
QCheckBox { spacing: 7px; padding: 2px 0px; border: 1px solid transparent; border-radius: 4px; }
QCheckBox:focus { border-color: @accent; }
QCheckBox:disabled { color: @quiet; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @quiet; border-radius: 3px; background: @raised; }
QCheckBox::indicator:hover { border-color: @accent; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: @check; }
QCheckBox::indicator:disabled { border-color: @line; background: @window; }
QSlider { min-height: 16px; border: 1px solid transparent; border-radius: 5px; }
QSlider:focus { border-color: @accent; }
QSlider::groove:horizontal { height: 4px; background: @line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::sub-page:horizontal:disabled { background: @line; }
QSlider::handle:horizontal { width: 10px; height: 10px; margin: -5px 0; border-radius: 7px; }
QSlider::handle:horizontal { border: 2px solid @accent; background: @raised; }
QSlider::handle:horizontal:hover { background: @chosen; }
QSlider::handle:horizontal:disabled { border-color: @quiet; }
QTabBar::tab { background: transparent; color: @quiet; padding: 6px 12px; border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @accent; border-bottom: 2px solid @accent; font-weight: 600; }
QTabBar::tab:hover, QTabBar::tab:focus { color: @text; }
QTabBar[slim="true"]::tab { padding: 6px 7px; font-size: 11px; }
QTabBar QToolButton { background: @window; border: none; border-radius: 0; padding: 0; }
QTabBar QToolButton::left-arrow { image: @chevron-left; } QTabBar QToolButton::right-arrow { image: @chevron-right; }
QDockWidget { titlebar-close-icon: none; color: @quiet; font-weight: 600; }
QDockWidget::title { background: @window; padding: 5px 10px; text-align: left; }
QListWidget { background: @raised; border: 1px solid @line; border-radius: 5px; outline: none; padding: 3px; }
QListWidget:focus, QPlainTextEdit:focus { border-color: @accent; }
QListWidget::item { padding: 3px 6px; border-radius: 4px; }
QListWidget::item:selected { background: @chosen; color: @text; }
QPlainTextEdit { background: @raised; border: 1px solid @line; border-radius: 5px; }
QProgressBar { background: @line; border: none; border-radius: 3px; min-height: 6px; max-height: 6px; text-align: center; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QTableView { background: @panel; border: 1px solid @line; border-radius: 4px; selection-background-color: @chosen; }
QTableView { selection-color: @text; }
QHeaderView, QTableCornerButton::section { background: transparent; border: none; }
QHeaderView::section { background: @panel; color: @quiet; border: none; padding: 1px 5px; }
QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { width: 10px; background: transparent; } QScrollBar:horizontal { height: 10px; background: transparent; }
QScrollBar::handle { background: @line; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }
QScrollBar::handle:hover { background: @quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QStatusBar { background: @window; color: @quiet; } QStatusBar::item { border: none; }
QLabel[role="caption"] { color: @quiet; font-weight: 600; font-size: 11px; }
QLabel[role="quiet"] { color: @quiet; }
QLabel[role="small"] { color: @quiet; font-size: 11px; }
QGraphicsView[role="plot"] { border: 1px solid @line; border-radius: 4px; background: @panel; }
QLabel[role="note"] { color: @quiet; font-size: 11px; background: transparent; }
QLabel[role="field"] { color: @text; }
QLabel[role="number"] { font-size: 16px; font-weight: 600; color: @text; }
QLabel[role="number"][series="training"] { color: @training; }
QLabel[role="number"][series="validation"] { color: @validation; }
QLabel[role="problem"] { background: @warning; color: @on_warning; border-radius: 5px; padding: 4px 7px; font-size: 11px; }
QFrame[role="palette"] { background: @panel; border: 1px solid @line; }
QListWidget[role="palette"] { background: @panel; border: none; outline: none; padding: 0; }
QFrame[role="card"] { background: @raised; border: 1px solid @line; border-radius: 7px; }
QFrame[role="card"]:hover, QFrame[role="card"]:focus { border-color: @accent; }
QFrame[role="card"][chosen="true"] { background: @chosen; border-color: @accent; }
QFrame[role="card"][problem="true"] { border: 2px solid @validation; }
QWidget[role="drawing"] { background: @panel; }
QToolButton[role="insertion"] { border-radius: 11px; padding: 0; color: @quiet; }
QToolButton[role="insertion"][slim="true"] { border-radius: 8px; font-size: 11px; }
QToolButton[role="insertion"]:hover, QToolButton[role="insertion"]:focus { border-color: @accent; color: @accent; }
QFrame[role="bar"] { background: @window; border: none; border-bottom: 1px solid @line; }
""".strip()
