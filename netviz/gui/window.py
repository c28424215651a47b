"""The window: one document, one trainer, and everything that shows them.

An edit makes a value; the value is shown by forms and canvas and loaded into the trainer; what the trainer reports is
drawn by the panels that are visible. Nothing here trains, and nothing here is kept but the document and the view.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QDockWidget, QMainWindow, QWidget

from netviz.datasets import DataProblem, Samples
from netviz.document.problems import Problem, prepared, problems
from netviz.document.projectfile import Project
from netviz.document.session import Session
from netviz.engine.experiment import Experiment
from netviz.engine.network import Network, NetworkProblem
from netviz.gui import actions
from netviz.gui.arrangement import Arrangement
from netviz.gui.byhand import ByHand
from netviz.gui.canvas.panel import NetworkPanel
from netviz.gui.documents import FileCommands
from netviz.gui.elided import ElidedLabel
from netviz.gui.exporting import ExportCommands
from netviz.gui.fields import column
from netviz.gui.importing import ImportCommands
from netviz.gui.keys import FieldKeys, OwnKeys
from netviz.gui.operating import Operating
from netviz.gui.panel import Panel
from netviz.gui.picking import Picking
from netviz.gui.projector import Projector
from netviz.gui.running import TrainingCommands
from netviz.gui.settings import Settings
from netviz.gui.showing import Showing
from netviz.gui.sidebar import Sidebar
from netviz.gui.theme import Theme
from netviz.gui.transport import Transport
from netviz.gui.travelling import TimeCommands
from netviz.gui.trusting import Trusting
from netviz.gui.viewing import ViewCommands
from netviz.i18n import _
from netviz.pictures.sketch import sketch
from netviz.runtime import Report, Trainer

Opener = Callable[[Project, Path | None], QMainWindow]


class Window(QMainWindow):
    """One open document."""

    def __init__(self, project: Project, path: Path | None, look: Theme, settings: Settings, opener: Opener) -> None:
        """Show a project; `opener` makes further windows. The panels come after the first paint."""
        super().__init__()
        self.opener = opener
        self.look, self.settings = look, settings
        self.session = Session(project.experiment, path, project.lesson)
        self.trainer = Trainer()
        self.network: Network | None = None
        self.samples: Samples | None = None
        self.problems: tuple[Problem, ...] = ()
        self.drawn: tuple[object, object] = (None, None)
        self._painted = self.closed = self.complete = False  # complete: all is there, the panels too
        self.files, self.looks, self.importing = FileCommands(self), ViewCommands(self), ImportCommands(self)
        self.training, self.travel, self.exporting = TrainingCommands(self), TimeCommands(self), ExportCommands(self)
        doers = (self, self.training, self.travel, self.files, self.importing, self.exporting, self.looks)
        self.actions_by_id, self.menus = actions.install(self, doers)
        self.showing = showing = Showing(self)
        self.projector = Projector(self, self.trainer, showing.draw, showing.go_on, showing.questions)
        self._build()
        self.session.listen(self._show_experiment)
        self._show_experiment(project.experiment, load=False)
        self.training.begin(project)
        self.say(" ".join(project.notes))

    # ------------------------------------------------------------------------------------------------ building

    def _build(self) -> None:
        self.setAcceptDrops(True)
        FieldKeys(self)
        self.keys = OwnKeys(self)
        self.transport = Transport(self.look, self.actions_by_id)
        self.transport.speed.changed.connect(lambda pace: self.trainer.pace(*pace))
        self.canvas = NetworkPanel(self.look)
        self.canvas.scene.setParent(self.canvas)  # else Python would let go of it at a time and in a thread of its own
        self.canvas.edited.connect(self._edit_layers)
        self.canvas.view_wanted.connect(self.showing.see)
        self.canvas.rows.chosen.connect(self.showing.show_row)
        self.canvas.fix_wanted.connect(lambda value, text: self.edit(value, text))
        self.canvas.scene.laid_out.connect(self.travel.teaching.light)
        self.setCentralWidget(self.travel.under(self.canvas))
        self.setMenuWidget(self._head())
        self.sidebar = Sidebar(self.session.value)
        self.sidebar.edited.connect(lambda value, text, key: self.edit(value, text, key or None))
        self.sidebar.settled.connect(self.session.settle)
        self.canvas.chosen.connect(self.sidebar.follow_layer)
        self.canvas.settings_wanted.connect(self.open_layer)
        self.arrangement = Arrangement(self, self.menus["&View"], self.ask)
        self.arrangement.add("settings", _("Data and training"), self.sidebar, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.notice = ElidedLabel("plain")
        self.notice.setContentsMargins(12, 0, 12, 2)
        self.statusBar().addWidget(self.notice, 1)
        self.statusBar().setSizeGripEnabled(False)
        self.picking, self.operating, self.trusting, self.by_hand = Picking(self), Operating(self), Trusting(self), ByHand(self)
        self.files.fill_menus(self.menus["&File"])
        self.looks.check_marks()

    def _head(self) -> QWidget:
        """Menu bar and transport, one above the other over the whole width."""
        head = QWidget()
        parts = column(head, 0)
        parts.addWidget(self.menuBar())
        parts.addWidget(self.transport)
        return head

    @property
    def report(self) -> Report | None:
        """What the trainer reported last."""
        return self.showing.report

    @property
    def docks(self) -> dict[str, QDockWidget]:
        """The docks by name."""
        return self.arrangement.docks

    @property
    def panels(self) -> dict[str, Panel]:
        """The panels by name; none before the first paint."""
        return self.arrangement.panels

    def add_panels(self) -> None:
        """The panels, which are not needed for the first paint."""
        if self.closed or self.panels:
            return
        self.arrangement.add_panels(self.look, self.settings.layout)
        self._meet_panels()
        self.sidebar.fill_gallery()
        self._fill_panels()
        QTimer.singleShot(0, self, self._complete)

    def _meet_panels(self) -> None:
        """Listen to the panels that are there now, and tell them what is known."""
        self.picking.meet()
        self.trusting.meet()

    def _complete(self) -> None:
        """Draw the network anew, for the space that is left now."""
        self._draw_network()
        self.complete = True

    # ------------------------------------------------------------------------------------------------- editing

    def edit(self, value: Experiment, text: str, key: str | None = None) -> None:
        """Make an edit of the document, one step of undo."""
        self.session.edit(value, text, key)

    def open_layer(self, place: int) -> None:
        """Show all settings of a layer."""
        self.arrangement.reveal("settings")
        self.sidebar.open_layer(place)

    def _edit_layers(self, value: Experiment, text: str) -> None:
        """The canvas edits layers, and what it drew may be older than the newest edit of something else."""
        self.edit(replace(self.session.value, layers=value.layers), text)

    def _show_experiment(self, experiment: Experiment, load: bool = True) -> None:
        """Show the document's value everywhere, and train it from now on if it can be."""
        self.problems = problems(experiment)
        self._bind(experiment)
        self.sidebar.show_experiment(experiment)
        self.sidebar.show_problems(self.problems)
        self.canvas.show_problems(self.problems)
        self.operating.mark()
        self.trusting.show_experiment(experiment)
        self.transport.allow(self.problems[0].sentence if self.problems else "")
        if self.problems:
            self.training.hold()
        elif load:
            self.trainer.load(experiment)
        self.show_title()

    def _bind(self, experiment: Experiment) -> None:
        """Bind the layers to the data, if they fit, and draw what has become another network, as far as they do."""
        try:
            self.samples = prepared(experiment)
        except DataProblem:
            return
        try:
            self.network = experiment.network(self.samples)
        except NetworkProblem:
            self.network = None
        layers, samples = self.drawn
        if layers != experiment.layers or samples is not self.samples:
            self.drawn = (experiment.layers, self.samples)
            if self.isVisible():
                self._draw_network()
            self.sidebar.show_samples(self.samples)
        self._fill_panels()

    def _draw_network(self) -> None:
        """Draw the network at hand anew, for the space there is."""
        if self.samples is None or self.closed:
            return
        value = self.session.value
        drawn = self.network or sketch(value.layers, self.samples.row_shape)
        self.canvas.show_network(value, drawn, self.samples)
        self.canvas.show_problems(self.problems)
        self.ask()

    def _fill_panels(self) -> None:
        for panel in self.panels.values():
            panel.show_experiment(self.session.value, self.samples)
        self.ask()

    def ask(self) -> None:
        """What is visible has changed, and so have the questions to the trainer."""
        if not self.closed:
            self.projector.ask()

    # ------------------------------------------------------------------------------------------------- showing

    def say(self, sentence: str, problem: bool = False) -> None:
        """One sentence at the foot of the window."""
        self.notice.setText(sentence)
        self.notice.setStyleSheet(f"color: {self.look.validation}; font-weight: 600" if problem else "")

    def wear(self, look: Theme) -> None:
        """Another theme, with document, training and view as they are."""
        self.look = look
        self.canvas.wear(look)
        self.transport.wear(look)
        self.travel.wear(look)
        self.arrangement.wear(look)
        self._meet_panels()
        self._fill_panels()
        self._draw_network()

    def show_title(self) -> None:
        """Name and unsaved mark in the title, undo and redo with what they would do."""
        name = self.session.path.name if self.session.path else _("untitled")
        self.setWindowTitle(f"{name}{'*' if self.session.dirty else ''} — netviz")
        texts = {"undo": (_("Undo"), self.session.undo_text), "redo": (_("Redo"), self.session.redo_text)}
        for name, (plain, text) in texts.items():
            action = self.actions_by_id[name]
            action.setEnabled(text is not None)
            action.setText(f"{plain}: {text}" if text else plain)

    # -------------------------------------------------------------------------------------------- what Qt calls

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._painted:
            self.canvas.view.setFocus()  # not the first button of all, which would seem to be chosen
            self._draw_network()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self.add_panels)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space is for training everywhere, so it is Enter that presses the button with the focus."""
        button = QApplication.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(button, QAbstractButton):
            button.click()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closed and not self.files.may_close():
            event.ignore()
            return
        self.shut_down()
        super().closeEvent(event)
        self.deleteLater()

    def shut_down(self) -> None:
        """End the trainer's thread; safe to call again."""
        if not self.closed:
            self.closed = True
            self.projector.stop()
            self.importing.close()
            self.exporting.close()
            self.settings.geometry = self.saveGeometry()
            if self.panels:
                self.settings.layout = self.saveState()
            self.trainer.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.files.wanted(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.files.drop(event.mimeData())
