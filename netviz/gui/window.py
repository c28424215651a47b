"""The window: one document, one trainer, and everything that shows them.

An edit makes a value; the value is shown by forms and canvas and loaded into the trainer; what the trainer reports is
drawn by the panels that are visible. Nothing here trains, and nothing here is kept but the document and the view.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QVBoxLayout, QWidget

from netviz import blas
from netviz.datasets import DataProblem, Samples
from netviz.document.problems import Problem, problems
from netviz.document.projectfile import Project
from netviz.document.session import Session
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.network import Network, NetworkProblem
from netviz.engine.run import Run
from netviz.engine.train import Stride
from netviz.gui import actions
from netviz.gui.canvas.panel import NetworkPanel
from netviz.gui.canvas.scene import Colors
from netviz.gui.documents import FileCommands
from netviz.gui.panel import Panel
from netviz.gui.projector import Projector
from netviz.gui.settings import Settings
from netviz.gui.sidebar import Sidebar
from netviz.gui.theme import Theme
from netviz.gui.transport import Transport
from netviz.gui.viewing import ViewCommands
from netviz.i18n import _
from netviz.runtime import Report, Status, Trainer

_AREAS = {"bottom": Qt.DockWidgetArea.BottomDockWidgetArea, "right": Qt.DockWidgetArea.RightDockWidgetArea}

Opener = Callable[[Project, Path | None], QMainWindow]


class Window(QMainWindow):
    """One open document."""

    def __init__(self, project: Project, path: Path | None, look: Theme, settings: Settings, opener: Opener) -> None:
        """Show a project; `opener` makes further windows. Panels come after the first paint, with `add_panels`."""
        super().__init__()
        self.opener = opener
        self.look, self.settings = look, settings
        self.session = Session(project.experiment, path)
        self.trainer = Trainer()
        self.flow = View()
        self.panels: dict[str, Panel] = {}
        self.docks: dict[str, QDockWidget] = {}
        self.network: Network | None = None
        self.samples: Samples | None = None
        self.problems: tuple[Problem, ...] = ()
        self.report: Report | None = None
        self._settled: Frame | None = None
        self._told = ""
        self._closed = False
        self.files = FileCommands(self)
        self.looks = ViewCommands(self)
        self.actions_by_id, self.menus = actions.install(self, (self, self.files, self.looks))
        self._build()
        self.session.listen(self._show_experiment)
        self._show_experiment(project.experiment, load=False)
        self._load(project.run or Run.of(project.experiment, blas_threads=blas.threads()), project.frame)
        self.projector = Projector(self, self.trainer, self.draw)

    # ------------------------------------------------------------------------------------------------ building

    def _build(self) -> None:
        self.setAcceptDrops(True)
        self.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AnimatedDocks)
        names = ("run", "reset", "step_phase", "step_batch", "step_epoch")
        self.transport = Transport(self.look, {name: self.actions_by_id[name] for name in names})
        self.transport.speed.valueChanged.connect(lambda _place: self.trainer.pace(self.transport.pace()))
        self.canvas = NetworkPanel(self.look)
        self.canvas.scene.edited.connect(lambda value, text: self.edit(value, text))
        self.canvas.mode_chosen.connect(self.color)
        self.canvas.fix_wanted.connect(lambda value, text: self.edit(value, text))
        center = QWidget()
        column = QVBoxLayout(center)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        self.setCentralWidget(center)
        self.setMenuWidget(self._head())
        self.sidebar = Sidebar(self.session.value)
        self.sidebar.edited.connect(lambda value, text, key: self.edit(value, text, key or None))
        self._dock("settings", _("Data and training"), self.sidebar, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.notice = QLabel()
        self.notice.setContentsMargins(12, 0, 12, 2)
        self.statusBar().addWidget(self.notice, 1)
        self.statusBar().setSizeGripEnabled(False)
        self.files.fill_menus(self.menus["&File"])
        self.looks.check_marks()

    def _head(self) -> QWidget:
        """Menu bar and transport, one above the other over the whole width."""
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.menuBar())
        column.addWidget(self.transport)
        return head

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        self.menus["&View"].addAction(dock.toggleViewAction())
        dock.visibilityChanged.connect(self._want)
        self.docks[name] = dock
        return dock

    def add_panels(self) -> None:
        """The panels that are not needed for the first paint."""
        from netviz.gui import panels as _registered  # noqa: F401
        from netviz.gui.panel import panels

        before: dict[str, QDockWidget] = {}
        for name in panels:
            panel = panels[name](self.look)
            self.panels[name] = panel
            dock = self._dock(name, panels.title(name), panel, _AREAS[panel.place])
            if panel.place in before:
                self.tabifyDockWidget(before[panel.place], dock)
            before.setdefault(panel.place, dock)
        for dock in before.values():
            dock.raise_()
        self.resizeDocks([self.docks["settings"], before["right"]], [262, 330], Qt.Orientation.Horizontal)
        self.resizeDocks([before["bottom"]], [250], Qt.Orientation.Vertical)
        self.sidebar.fill_gallery()
        self._prepare_panels()
        self._want()
        QTimer.singleShot(0, self, self._settle_drawing)

    def _settle_drawing(self) -> None:
        """Lay the network out for the space it has now that everything is there."""
        self._bind(self.session.value)
        self.canvas.show_problems(self.problems)

    # ------------------------------------------------------------------------------------------------- editing

    def edit(self, value: Experiment, text: str, key: str | None = None) -> None:
        """Make an edit of the document, one step of undo."""
        self.session.edit(value, text, key)

    def _show_experiment(self, experiment: Experiment, load: bool = True) -> None:
        """Show the document's value everywhere, and train it from now on if it can be."""
        self.problems = problems(experiment)
        self._bind(experiment)
        self.sidebar.show_experiment(experiment)
        self.sidebar.show_problems(self.problems)
        self.canvas.show_problems(self.problems)
        self.transport.run.setEnabled(not self.problems)
        if self.problems:
            self.trainer.pause()
        elif load:
            self.trainer.load(experiment)
        self.show_title()

    def _bind(self, experiment: Experiment) -> None:
        """Draw the network anew, as far as data and layers allow."""
        try:
            self.samples = experiment.samples()
            self.network = experiment.network(self.samples)
        except (DataProblem, NetworkProblem):
            return
        self.canvas.scene.show_network(experiment, self.network, self.samples, self.canvas.view.aspect)
        self.canvas.show_heading(self.network)
        self.canvas.view.fit()
        self.sidebar.show_samples(self.samples)
        self._prepare_panels()
        self._want()

    def _prepare_panels(self) -> None:
        from netviz.gui.panels.prediction import PredictionPanel

        for panel in self.panels.values():
            panel.show_experiment(self.session.value)
            if isinstance(panel, PredictionPanel) and self.samples is not None:
                panel.show_samples(self.samples)

    def _want(self, _visible: bool = True) -> None:
        """Ask the trainer the questions of what is visible."""
        if self._closed:
            return
        wanted: dict[str, Probe] = dict(self.canvas.probes(self.session.value, self.network))
        for name, panel in self.panels.items():
            if panel.isVisible() or not self.docks[name].isHidden() and not self.isVisible():
                wanted |= panel.probes(self.session.value)
        self.trainer.want(wanted)
        if hasattr(self, "projector"):
            self.projector.again()

    def undo(self) -> None:
        """Take the last edit back."""
        self.session.undo()

    def redo(self) -> None:
        """Make the edit again."""
        self.session.redo()

    # ------------------------------------------------------------------------------------------------ training

    def _load(self, run: Run, frame: Frame | None) -> None:
        if not self.problems:
            self.trainer.load(run, frame)

    def run(self) -> None:
        """Train or pause."""
        if self.problems:
            return
        if self.report is not None and self.report.status is Status.RUNNING:
            self.trainer.pause()
        else:
            self.trainer.play()
            self.session.trained()
        self.show_title()

    def reset(self) -> None:
        """Back to the first weights."""
        self._load(Run.of(self.session.value, blas_threads=blas.threads()), None)

    def step_phase(self) -> None:
        """One operation further."""
        self._step(Stride.PHASE)

    def step_batch(self) -> None:
        """One update further."""
        self._step(Stride.STEP)

    def step_epoch(self) -> None:
        """One epoch further."""
        self._step(Stride.EPOCH)

    def _step(self, stride: Stride) -> None:
        if not self.problems:
            self.trainer.step(stride)
            self.session.trained()

    def draw(self, report: Report) -> None:
        """Show a report: the numbers, the network, and every panel that is visible."""
        self.report = report
        self.transport.show_report(report)
        sentence = report.fault.sentence if report.fault else report.notice
        if sentence != self._told:
            self._told = sentence
            self.say(sentence, bool(report.fault))
        frame = report.frame
        if frame is None or self.network is None or frame.params.windows != self.network.windows:
            return
        if frame.phase.settled:
            self._settled = frame
        self.canvas.draw(frame, self.flow)
        for panel in self.panels.values():
            if panel.isVisible():
                panel.draw(frame, self.flow)

    def say(self, sentence: str, problem: bool = False) -> None:
        """One sentence at the foot of the window."""
        self.notice.setText(sentence)
        self.notice.setStyleSheet(f"color: {self.look.validation}; font-weight: 600" if problem else "")

    # ------------------------------------------------------------------------------------------------- viewing

    def color(self, mode: Colors) -> None:
        """Have the links show weights, gradients or updates."""
        self.flow = replace(self.flow, colors=mode)
        self.actions_by_id[f"show_{mode}"].setChecked(True)
        self.projector.again()

    def wear(self, look: Theme) -> None:
        """Another theme, with document, training and view as they are."""
        self.look = look
        self.canvas.wear(look)
        self.transport.wear(look)
        for name in self.panels:
            dock = self.docks.pop(name)
            self.removeDockWidget(dock)
            dock.deleteLater()
        self.panels = {}
        self._bind(self.session.value)
        self.canvas.show_problems(self.problems)
        self.add_panels()

    def settled(self) -> Frame | None:
        """The newest frame that training can go on from."""
        report = self.trainer.latest()
        if report.frame is not None and report.frame.phase.settled:
            self._settled = report.frame
        return self._settled

    def show_title(self) -> None:
        """Name and unsaved mark in the title, undo and redo as far as there is something."""
        name = self.session.path.name if self.session.path else _("untitled")
        self.setWindowTitle(f"{name}{'*' if self.session.dirty else ''} — netviz")
        self.actions_by_id["undo"].setEnabled(self.session.undo_text is not None)
        self.actions_by_id["redo"].setEnabled(self.session.redo_text is not None)

    # -------------------------------------------------------------------------------------------- what Qt calls

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed and not self.files.may_close():
            event.ignore()
            return
        self.shut_down()
        super().closeEvent(event)

    @property
    def closed(self) -> bool:
        """Whether its training has been ended."""
        return self._closed

    def shut_down(self) -> None:
        """End the trainer's thread; safe to call again."""
        if not self._closed:
            self._closed = True
            self.projector.stop()
            self.settings.geometry = self.saveGeometry()
            self.trainer.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if [url for url in event.mimeData().urls() if url.toLocalFile().endswith(".netviz")]:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
        for path in [path for path in paths if path.suffix == ".netviz"][:1]:
            self.files.open_path(path)
