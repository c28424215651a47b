"""The commands that change how things look, and what the Help menu shows."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QVBoxLayout

import netviz
from netviz.gui import actions
from netviz.gui.theme import Choice
from netviz.i18n import _

if TYPE_CHECKING:
    from netviz.gui.window import Window


_COLUMNS = (("&File", "&Edit"), ("&Run",), ("&View", "&Help"))  # menus, as their shortcuts stand beside each other


class ViewCommands:
    """The commands of the View and Help menus, for one window."""

    def __init__(self, window: Window) -> None:
        """Commands that act on a window's view."""
        self._window = window

    def check_marks(self) -> None:
        """Check what is chosen at the start."""
        self._window.actions_by_id[f"theme_{self._window.settings.theme}"].setChecked(True)
        self._window.showing.check()
        menu = QMenu(self._window)
        names = [name for name in self._window.actions_by_id if name.startswith("fill_")]
        for name in (*names, "lock_scale", "follow_phases"):
            menu.addAction(self._window.actions_by_id[name])
        self._window.canvas.shades.offer(menu)

    def show_weights(self) -> None:
        """Links show weights."""
        self._window.showing.see({"colors": "weights"})

    def show_gradients(self) -> None:
        """Links show gradients."""
        self._window.showing.see({"colors": "gradients"})

    def show_updates(self) -> None:
        """Links show updates."""
        self._window.showing.see({"colors": "updates"})

    def show_ratio(self) -> None:
        """Links show log₁₀ |Δw|/|w|."""
        self._window.showing.see({"colors": "ratio"})

    def show_flow(self) -> None:
        """Links show what flows for the row at hand."""
        self._window.showing.see({"colors": "flow"})

    def fill_function(self) -> None:
        """Units show the functions they have learnt."""
        self._window.showing.see({"units": "function"})

    def fill_value(self) -> None:
        """Units show their values."""
        self._window.showing.see({"units": "value"})

    def fill_delta(self) -> None:
        """Units show δ."""
        self._window.showing.see({"units": "delta"})

    def fill_gradient(self) -> None:
        """Units show the gradients of their biases."""
        self._window.showing.see({"units": "gradient"})

    def lock_scale(self) -> None:
        """Hold the scale, or let it go."""
        self._window.showing.see({"locked": not self._window.showing.view.locked})

    def follow_phases(self) -> None:
        """Show what each phase has just computed, or what was chosen."""
        self._window.showing.see({"follow": not self._window.showing.view.follow})

    def fit(self) -> None:
        """Show the whole network."""
        self._window.canvas.view.fit()

    def zoom_in(self) -> None:
        """Larger."""
        self._window.canvas.view.zoom(1.2)

    def zoom_out(self) -> None:
        """Smaller."""
        self._window.canvas.view.zoom(1 / 1.2)

    def theme_system(self) -> None:
        """The system's theme."""
        self._theme("system")

    def theme_light(self) -> None:
        """Light."""
        self._theme("light")

    def theme_dark(self) -> None:
        """Dark."""
        self._theme("dark")

    def _theme(self, choice: Choice) -> None:
        from netviz.gui import app  # which imports the window, which imports this

        self._window.settings.theme = choice
        app.wear(choice)

    def show_shortcuts(self) -> None:
        """All commands that have keys."""
        columns = "".join(f"<td>{_table(menus)}</td>" for menus in _COLUMNS)
        self._show(_("Shortcuts"), f"<table cellspacing=10><tr>{columns}</tr></table>")

    def show_about(self) -> None:
        """Name and version."""
        text = _("Draw a neural network, train it, step inside backpropagation, take the weights away.")
        made = f"Python {platform.python_version()} · Qt {qVersion()} · NumPy {version('numpy')}"
        quiet = f'<p style="color:{self._window.look.quiet}">{made}</p>'
        self._show(_("About netviz"), f"<h2>netviz {netviz.__version__}</h2><p>{text}</p>{quiet}")

    def _show(self, title: str, html: str) -> None:
        dialog = QDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        label = QLabel(html)
        label.setMargin(8)
        QVBoxLayout(dialog).addWidget(label)
        dialog.open()


def _table(menus: tuple[str, ...]) -> str:
    """The commands of some menus with their keys, each menu under its name."""
    rows = []
    for menu in menus:
        rows.append(f"<tr><td colspan=2><br><b>{_(menu).replace('&', '').upper()}</b></td></tr>")
        rows += [f"<tr><td><b>{keys}</b>&nbsp;&nbsp;</td><td>{text}</td></tr>" for keys, text in actions.shortcut_table(menu)]
    return f"<table cellpadding=2>{''.join(rows)}</table>"
