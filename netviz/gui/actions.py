"""The one table of commands: menus, shortcuts, the toolbar and the list under Help are all made from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from netviz.i18n import N_, _


@dataclass(frozen=True)
class Command:
    """One row: `id` is also the name of the method that does it. keys: shortcuts, the first one shown. check: it is on or off."""

    id: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    tip: str = ""
    check: bool = False
    group: str = ""
    separate: bool = False


COMMANDS: Sequence[Command] = (
    Command("new_window", N_("&File"), N_("New window"), ("Ctrl+Shift+N",), N_("Open another window")),
    Command("open_file", N_("&File"), N_("Open…"), ("Ctrl+O",), N_("Open a project")),
    Command("save", N_("&File"), N_("Save"), ("Ctrl+S",), N_("Save the project with its trained state"), separate=True),
    Command("save_as", N_("&File"), N_("Save as…"), ("Ctrl+Shift+S",), N_("Save under another name")),
    Command(
        "import_file", N_("&File"), N_("Import…"), ("Ctrl+I",),
        N_("Open a network of another program, or lay a file's weights onto this one"), separate=True,
    ),
    Command(
        "load_weights", N_("&File"), N_("Load weights…"), ("Ctrl+Shift+I",),
        N_("Take the weights of a file of any kind for the network that is drawn here"),
    ),
    Command(
        "export_weights", N_("&File"), N_("Export…"), ("Ctrl+E",),
        N_("Take the trained network away: choose a format, see what will be written, and have it proved"),
    ),
    Command("export_picture", N_("&File"), N_("Export picture…"), ("Ctrl+Shift+E",), N_("Write the network as PNG or SVG")),
    Command("close", N_("&File"), N_("Close window"), ("Ctrl+W",), separate=True),
    Command("undo", N_("&Edit"), N_("Undo"), ("Ctrl+Z",), N_("Take the last edit back")),
    Command("redo", N_("&Edit"), N_("Redo"), ("Ctrl+Y", "Ctrl+Shift+Z"), N_("Make the edit again")),
    Command("run", N_("&Run"), N_("Run or pause"), ("F5", "Space"), N_("Train, or pause training (F5 or Space)")),
    Command(
        "reset", N_("&Run"), N_("Reset"), ("Ctrl+R",),
        N_("Back to the first weights: same seed, same weights; ways with names are kept (Ctrl+R)"),
    ),
    Command("pause", N_("&Run"), N_("Pause"), ("K",), N_("Stop, and stay here (K)")),
    Command("faster", N_("&Run"), N_("Run, or faster"), ("L",), N_("Train; where it trains already, faster (L)")),
    Command("slower", N_("&Run"), N_("Slower"), ("Shift+L",), N_("Train more slowly (Shift+L)")),
    Command(
        "step_phase", N_("&Run"), N_("Step one phase"), ("F9", "Right"),
        N_("One phase further: forward layer by layer, loss, backward, optimizer, apply (F9 or →)"), separate=True,
    ),
    Command(
        "step_batch", N_("&Run"), N_("Step one batch"), ("F10", "Shift+Right"),
        N_("One update of the weights further (F10 or Shift+→)"),
    ),
    Command("step_epoch", N_("&Run"), N_("Step one epoch"), ("F11", "Ctrl+Right"), N_("One epoch further (F11 or Ctrl+→)")),
    Command(
        "back_phase", N_("&Run"), N_("Back one phase"), ("Shift+F9", "Left"),
        N_("One phase back, to exactly what was seen there (Shift+F9 or ←)"), separate=True,
    ),
    Command(
        "back_batch", N_("&Run"), N_("Back one batch"), ("Shift+F10", "Shift+Left"), N_("One update back (Shift+F10 or Shift+←)"),
    ),
    Command(
        "back_epoch", N_("&Run"), N_("Back one epoch"), ("Shift+F11", "Ctrl+Left"), N_("One epoch back (Shift+F11 or Ctrl+←)"),
    ),
    Command("rewind", N_("&Run"), N_("Rewind"), ("J",), N_("Back, update by update, while the key is held (J)")),
    Command("go_to_update", N_("&Run"), N_("Go to update…"), ("Ctrl+G",), N_("Type the number of any update"), separate=True),
    Command("go_to_first", N_("&Run"), N_("Go to the first weights"), ("Home",), N_("The untrained network (Home)")),
    Command("go_to_last", N_("&Run"), N_("Go to the newest update"), ("End",), N_("As far as it has been trained (End)")),
    Command(
        "branch_here", N_("&Run"), N_("Branch here"), ("Ctrl+B",),
        N_("Keep what was trained as a branch and go on from here on another way: change anything, then run (Ctrl+B)"),
        separate=True,
    ),
    Command("show_weights", N_("&View"), N_("Links show weights"), ("Ctrl+1",), check=True, group="colors"),
    Command("show_gradients", N_("&View"), N_("Links show gradients"), ("Ctrl+2",), check=True, group="colors"),
    Command("show_updates", N_("&View"), N_("Links show updates"), ("Ctrl+3",), check=True, group="colors"),
    Command("show_ratio", N_("&View"), N_("Links show log₁₀ |Δw|/|w|"), ("Ctrl+4",), check=True, group="colors"),
    Command("show_flow", N_("&View"), N_("Links show the row's flow a·w"), ("Ctrl+5",), check=True, group="colors"),
    Command(
        "fill_function", N_("&View"), N_("Units show functions"), ("Ctrl+Shift+1",), check=True, group="units", separate=True,
    ),
    Command("fill_value", N_("&View"), N_("Units show values"), ("Ctrl+Shift+2",), check=True, group="units"),
    Command("fill_delta", N_("&View"), N_("Units show δ"), ("Ctrl+Shift+3",), check=True, group="units"),
    Command("fill_gradient", N_("&View"), N_("Units show gradients"), ("Ctrl+Shift+4",), check=True, group="units"),
    Command(
        "lock_scale", N_("&View"), N_("Lock the scale"), ("Ctrl+Shift+L",), N_("Keep the scale, to compare moments"), check=True,
        separate=True,
    ),
    Command(
        "follow_phases", N_("&View"), N_("Follow the phases"), ("Ctrl+Shift+F",),
        N_("While stepping by phase show what each phase has just computed"), check=True,
    ),
    Command("fit", N_("&View"), N_("Fit the network"), ("Ctrl+0",), N_("Show the whole network"), separate=True),
    Command("zoom_in", N_("&View"), N_("Zoom in"), ("Ctrl++", "Ctrl+=")),
    Command("zoom_out", N_("&View"), N_("Zoom out"), ("Ctrl+-",)),
    Command("theme_system", N_("&View"), N_("Theme of the system"), check=True, group="theme", separate=True),
    Command("theme_light", N_("&View"), N_("Light"), check=True, group="theme"),
    Command("theme_dark", N_("&View"), N_("Dark"), check=True, group="theme"),
    Command("show_shortcuts", N_("&Help"), N_("Shortcuts"), ("F1",), N_("All commands and their keys")),
    Command("show_about", N_("&Help"), N_("About netviz")),
)  # fmt: skip


def install(window: QMainWindow, doers: Sequence[object]) -> tuple[dict[str, QAction], dict[str, QMenu]]:
    """Menus and shortcuts for a window; (actions by id, menus by title).

    Each command is done by the method of its name, of the first of the doers that has one.
    """
    actions: dict[str, QAction] = {}
    menus: dict[str, QMenu] = {}
    groups: dict[str, QActionGroup] = {}
    for command in COMMANDS:
        if command.menu not in menus:
            menus[command.menu] = QMenu(_(command.menu), window, toolTipsVisible=True)
        menu = menus[command.menu]
        if command.separate:
            menu.addSeparator()
        action = QAction(_(command.text), window)
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.setToolTip(_(command.tip) or _(command.text))
        action.setStatusTip("")
        action.setCheckable(command.check)
        if command.group:
            groups.setdefault(command.group, QActionGroup(window)).addAction(action)
        action.triggered.connect(_without_state(_doing(command, doers)))
        menu.addAction(action)
        actions[command.id] = action
    for menu in menus.values():
        window.menuBar().addMenu(menu)
    return actions, menus


def _doing(command: Command, doers: Sequence[object]) -> Callable[[], object]:
    method: Callable[[], object] = next(getattr(doer, command.id) for doer in doers if hasattr(doer, command.id))
    return method


def _without_state(method: Callable[[], object]) -> Callable[..., object]:
    """A slot that does not pass on whether a box is checked."""
    return lambda *_checked: method()


def shortcut_table(menu: str = "") -> list[tuple[str, str]]:
    """(keys, what they do) of every command that has keys, in the order of the menus; or of one menu's alone."""
    return [
        (" / ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in command.keys), _(command.text))
        for command in COMMANDS
        if command.keys and menu in ("", command.menu)
    ]
