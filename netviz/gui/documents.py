"""Files from the window: opening, saving, exporting, and asking before anything is lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from netviz import formats
from netviz.document.examples import EXAMPLES, open_example
from netviz.document.projectfile import Project, open_project, save
from netviz.document.session import Session
from netviz.files import FileProblem, shown, write_atomically
from netviz.i18n import _

if TYPE_CHECKING:
    from netviz.gui.window import Window

PROJECTS = "netviz (*.netviz)"


class FileCommands:
    """The commands of the File menu, for one window."""

    def __init__(self, window: Window) -> None:
        """Commands that act on a window's document."""
        self._window = window

    def fill_menus(self, menu: QMenu) -> None:
        """The entries that are not commands: examples and recent files."""
        window = self._window
        new, self._recent = QMenu(_("New from example"), menu), QMenu(_("Recent"), menu)
        new.setToolTipsVisible(True)
        for name, example in EXAMPLES.items():
            new.addAction(name, partial(self.open_example, name)).setToolTip(example.description)
        self._recent.aboutToShow.connect(self._fill_recent)
        menu.insertMenu(window.actions_by_id["open_file"], new)
        menu.insertMenu(window.actions_by_id["save"], self._recent)

    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in self._window.settings.recent:
            self._recent.addAction(Path(path).name, partial(self.open_path, Path(path))).setToolTip(path)
        if self._recent.isEmpty():
            self._recent.addAction(_("No recent files")).setEnabled(False)

    # ------------------------------------------------------------------------------------------------- opening

    def new_window(self) -> None:
        """Another window with the first example."""
        self._open(open_example("circle"), None)

    def open_example(self, name: str) -> None:
        """An example, in a window of its own when this one has something to lose."""
        self._open(open_example(name), None)

    def open_file(self) -> None:
        """A project that the user chooses."""
        name, _kind = QFileDialog.getOpenFileName(self._window, _("Open"), "", PROJECTS)
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """A project; what cannot be opened is said, and the open document stays."""
        try:
            project = open_project(path)
        except FileProblem as problem:
            self._window.say(str(problem), problem=True)
            return
        self._window.settings.add_recent(path)
        self._open(project, path)

    def _open(self, project: Project, path: Path | None) -> None:
        window = self._window
        other = window.opener(project, path)
        other.move(window.pos() + QPoint(28, 28))
        if not window.session.dirty and window.session.path is None:
            window.close()

    # -------------------------------------------------------------------------------------------------- saving

    def save(self) -> bool:
        """Save where it was saved before; whether it was saved."""
        path = self._window.session.path
        return self.save_as() if path is None else self._write(path)

    def save_as(self) -> bool:
        """Save where the user says."""
        path = self._ask(_("Save as"), "untitled.netviz", PROJECTS)
        return path is not None and self._write(path)

    def _write(self, path: Path) -> bool:
        window = self._window
        frame, report, session = window.settled(), window.report, window.session
        run = report.run if report is not None else None
        trained = run is not None and frame is not None and frame.step > 0 and run.experiment == session.value
        try:
            save(path, Project(session.value, run, frame) if trained else Project(session.value))
        except FileProblem as problem:
            window.say(str(problem), problem=True)
            return False
        session.saved(path)
        window.settings.add_recent(path)
        window.say(_("Saved {name}.").format(name=shown(path.name)))
        window.show_title()
        return True

    def may_close(self) -> bool:
        """Ask about unsaved changes; whether the window may close."""
        session = self._window.session
        if not session.dirty:
            return True
        answer = may_be_lost(self._window, session)
        return answer == "discard" or answer == "save" and self.save()

    # ------------------------------------------------------------------------------------------------ exporting

    def export_weights(self) -> None:
        """Write the weights and say what was proved."""
        kinds = ";;".join(f"{ending[1:]} (*{ending})" for name in formats.formats for ending in _endings(name))
        path = self._ask(_("Export weights"), "weights.npz", kinds)
        frame = self._window.settled()
        if path is None or frame is None:
            return
        try:
            self._window.say(formats.export(path, frame.experiment, frame.params).sentence)
        except FileProblem as problem:
            self._window.say(str(problem), problem=True)

    def export_picture(self) -> None:
        """Write a picture of the network."""
        path = self._ask(_("Export picture"), "network.png", "PNG (*.png);;SVG (*.svg)")
        if path is None:
            return
        try:
            write_picture(path, self._window.canvas)
            self._window.say(_("Wrote {name}.").format(name=shown(path.name)))
        except FileProblem as problem:
            self._window.say(str(problem), problem=True)

    def _ask(self, title: str, suggestion: str, kinds: str) -> Path | None:
        """A file to write; the dialog asks before one is overwritten."""
        name, kind = QFileDialog.getSaveFileName(self._window, title, suggestion, kinds)
        if not name:
            return None
        path = Path(name)
        return path if path.suffix else path.with_suffix(kind[kind.find("*") + 1 : kind.find(")")])


def _endings(name: str) -> tuple[str, ...]:
    return tuple(formats.formats[name].suffixes)


def may_be_lost(parent: QWidget, session: Session) -> str:
    """Ask about unsaved changes: "save", "discard" or "cancel"."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(_("Save the changes to {name}?").format(name=shown(session.path.name if session.path else _("untitled"))))
    box.setInformativeText(_("Without saving, edits and training since the last save are lost."))
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    answer = box.exec()
    return {buttons.Save.value: "save", buttons.Discard.value: "discard"}.get(answer, "cancel")


def write_picture(path: Path, widget: QWidget, scale: float = 2.0) -> None:
    """A picture of a widget as it looks, PNG or SVG; FileProblem for another ending or where it cannot be written."""
    if path.suffix.lower() == ".png":
        write_atomically(path, _png(widget, scale))
    elif path.suffix.lower() == ".svg":
        write_atomically(path, _svg(widget))
    else:
        raise FileProblem(_("{name}: pictures are written as .png or .svg.").format(name=shown(path.name)))


def _png(widget: QWidget, scale: float) -> bytes:
    picture = QImage((QSize(widget.size()) * scale), QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(scale)
    picture.fill(widget.palette().window().color())
    painter = QPainter(picture)
    widget.render(painter, QPoint())
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _svg(widget: QWidget) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setResolution(widget.logicalDpiX())  # else text shrinks against everything else
    generator.setSize(widget.size())
    generator.setViewBox(QRectF(widget.rect()))
    generator.setTitle("netviz")
    painter = QPainter(generator)
    widget.render(painter, QPoint())
    painter.end()
    return bytes(buffer.data().data())
