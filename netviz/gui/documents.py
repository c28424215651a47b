"""Files from the window: opening, saving, exporting, and asking before anything is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QPoint, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QMenu, QMessageBox, QWidget

from netviz.document.examples import EXAMPLES, open_example
from netviz.document.projectfile import SUFFIX, Project, open_project, save
from netviz.document.session import Session
from netviz.files import FileProblem, shown, write_atomically
from netviz.gui.importing import importable
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
        self._pictures = QMenu(_("Export picture of"), menu)
        for submenu in (new, self._recent):
            submenu.setToolTipsVisible(True)
        for name, example in EXAMPLES.items():
            new.addAction(name, partial(self.open_example, name)).setToolTip(example.description)
        self._recent.aboutToShow.connect(self._fill_recent)
        menu.insertMenu(window.actions_by_id["open_file"], new)
        menu.insertMenu(window.actions_by_id["save"], self._recent)
        self._pictures.aboutToShow.connect(self._fill_pictures)
        menu.insertMenu(window.actions_by_id["close"], self._pictures)

    def _fill_pictures(self) -> None:
        self._pictures.clear()
        self._pictures.addAction(_("The whole window"), partial(self.export_picture, "window"))
        for name in self._window.panels:
            self._pictures.addAction(self._window.docks[name].windowTitle(), partial(self.export_picture, name))

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

    def open_project(self, project: Project) -> None:
        """A document that no file holds yet."""
        self._open(project, None)

    def wanted(self, dragged: QMimeData) -> bool:
        """Whether there is anything to open among what is dragged."""
        return bool(projects_in(dragged) or importable(dragged))

    def drop(self, dragged: QMimeData) -> None:
        """Open what was dropped: projects, and else the first file of another program."""
        projects = projects_in(dragged)
        for path in projects:
            self.open_path(path)
        for path in importable(dragged)[: 0 if projects else 1]:
            self._window.importing.take(path)

    def _open(self, project: Project, path: Path | None) -> None:
        """A window of its own, in the place of this one when this one has nothing to lose."""
        window = self._window
        other = window.opener(project, path)
        if self._unsaved() or window.session.path is not None:
            other.move(window.pos() + QPoint(28, 28))
        else:
            other.setGeometry(window.geometry())
            window.close()

    def undo(self) -> None:
        """Take the last edit back."""
        self._window.session.undo()

    def redo(self) -> None:
        """Make the edit again."""
        self._window.session.redo()

    # -------------------------------------------------------------------------------------------------- saving

    def save(self) -> bool:
        """Save where it was saved before; whether it was saved."""
        path = self._window.session.path
        return self.save_as() if path is None else self._write(path)

    def save_as(self) -> bool:
        """Save where the user says."""
        now = self._window.session.path
        path = self._ask(_("Save as"), str(now) if now else "untitled.netviz", PROJECTS)
        return path is not None and self._write(path)

    def _write(self, path: Path) -> bool:
        """The document and the newest training, even where the newest edits have not been trained yet."""
        window, session = self._window, self._window.session
        report = window.training.settled()
        run, frame = (report.run, report.frame) if report is not None else (None, None)
        trained = frame is not None and run is not None and (frame.step > 0 or run.start.params is not None)
        project = Project(session.value, lesson=session.lesson)
        if report is not None and (trained or report.branches):
            project = replace(project, run=run, frame=frame, branches=report.branches, name=report.name)
        try:
            save(path, project)
        except FileProblem as problem:
            window.say(str(problem), problem=True)
            return False
        session.saved(path)
        window.training.written(project)
        window.settings.add_recent(path)
        window.say(_("Saved {name}.").format(name=shown(path.name)))
        window.show_title()
        return True

    def _unsaved(self) -> bool:
        """Whether closing would lose something, up to this moment."""
        self._window.training.settled()
        return self._window.session.dirty

    def may_close(self) -> bool:
        """Ask about unsaved changes; whether the window may close."""
        if not self._unsaved():
            return True
        answer = may_be_lost(self._window, self._window.session)
        return answer == "discard" or answer == "save" and self.save()

    # ------------------------------------------------------------------------------------------------ exporting

    def export_picture(self, what: str = "network") -> None:
        """Write a picture of the window, the network or a panel, which comes to the front for it."""
        window = self._window
        if what in window.docks:
            window.arrangement.reveal(what)
        path = self._ask(_("Export picture"), f"{what}.png", "PNG (*.png);;SVG (*.svg)")
        if path is not None:
            window.projector.when_answered(partial(self._picture, path, what))

    def _picture(self, path: Path, what: str) -> None:
        window = self._window
        widget: QWidget = {"window": window, "network": window.canvas, **window.panels}[what]

        def write() -> str:
            write_picture(path, widget)
            return _("Wrote {name}.").format(name=shown(path.name))

        self._try(write)

    def _try(self, work: Callable[[], str]) -> None:
        """Say what work says, or why it failed."""
        try:
            self._window.say(work())
        except FileProblem as problem:
            self._window.say(str(problem), problem=True)

    def _ask(self, title: str, suggestion: str, kinds: str) -> Path | None:
        """A file to write. The dialog asks before one is overwritten, but it does not know of an ending added here."""
        name, kind = QFileDialog.getSaveFileName(self._window, title, suggestion, kinds)
        if not name:
            return None
        path = Path(name)
        endings, chosen = (re.findall(r"\*([._][\w.]+)", each) for each in (kinds, kind))
        if path.name.lower().endswith(tuple(endings)):
            return path
        path = path.with_name(path.name + (chosen or endings)[0])
        if path.exists():
            sentence = _("{name} is there already; choose it by its full name to replace it.")
            self._window.say(sentence.format(name=shown(path.name)), problem=True)
            return None
        return path


def projects_in(dragged: QMimeData) -> list[Path]:
    """The projects among files that are dragged."""
    paths = [Path(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() == SUFFIX]


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
    with _points_as_shapes(widget):
        widget.render(painter, QPoint())
    painter.end()
    return bytes(buffer.data().data())


@contextmanager
def _points_as_shapes(widget: QWidget) -> Iterator[None]:
    """Have plots draw their points as what they are, not as pieces of one picture, of which an SVG would hold the whole."""
    from pyqtgraph import ScatterPlotItem  # a picture is written long after the first paint

    views = [*widget.findChildren(QGraphicsView), *([widget] if isinstance(widget, QGraphicsView) else [])]
    items = [item for view in views for item in view.items() if isinstance(item, ScatterPlotItem)]
    for item in items:
        item.setExportMode(True)
    try:
        yield
    finally:
        for item in items:
            item.setExportMode(False)
