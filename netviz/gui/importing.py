"""Networks and weights of other programs, brought into the window: read in a process apart, which Cancel kills.

A file with a network becomes a document of its own; one with weights alone is laid onto the network that is drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from netviz import formats
from netviz.datasets import Arrays, DataProblem
from netviz.document import operations
from netviz.document.projectfile import SUFFIX, Project
from netviz.engine.network import Network, NetworkProblem
from netviz.files import FileProblem, shown
from netviz.formats import Imported, Matching, Weights, carried
from netviz.formats.apart import Child
from netviz.gui.elided import ElidedLabel
from netviz.gui.mapping import MappingDialog
from netviz.i18n import _, plural
from netviz.strict_json import parse_json

if TYPE_CHECKING:
    from netviz.gui.window import Window

_POLL_MS = 30
_MOST_TEXT = 4 * 1024 * 1024


class ReadingBar(QWidget):
    """At the foot of the window: what is being read, that it is not done, and a button that ends it."""

    def __init__(self) -> None:
        """Hidden until something is read."""
        super().__init__()
        self.words = ElidedLabel("field")
        self.words.setMinimumWidth(160)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(120, 8)
        self.bar.setAccessibleName(_("Reading a file"))
        self.cancel = QPushButton(_("Cancel"))
        self.cancel.setToolTip(_("Stop reading the file; nothing is changed"))
        self.cancel.setAccessibleName(_("Cancel reading"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        self.setFixedWidth(440)
        self.hide()


class LeftOutDialog(QDialog):
    """What a file holds and what of it is not taken, before it is opened."""

    def __init__(self, window: QWidget, name: str, imported: Imported) -> None:
        """The parts by name, each with its place and why."""
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Import {name}").format(name=name))
        column = QVBoxLayout(self)
        column.setSpacing(8)
        head = QLabel(_("{name} has {layers}. This of it is left out:").format(name=name, layers=_layers(imported)))
        head.setWordWrap(True)
        head.setTextFormat(Qt.TextFormat.PlainText)
        self.list = QListWidget()
        self.list.setAccessibleName(_("What is left out"))
        self.list.setToolTip(_("What netviz does not take, where it stands in the file, and why"))
        self.list.setWordWrap(True)
        self.list.addItems([str(part) for part in imported.left_out])
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.open_button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self.open_button.setText(_("Open the rest"))
        self.open_button.setProperty("role", "primary")
        self.open_button.setToolTip(_("Open the network without these parts"))
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setToolTip(_("Open nothing"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for widget in (head, self.list, self.buttons):
            column.addWidget(widget)
        self.resize(560, 320)


class ImportCommands:
    """The commands that bring in files of other programs, for one window; one file at a time."""

    def __init__(self, window: Window) -> None:
        """Nothing is read yet."""
        self._window = window
        self.child: Child | None = None
        self._path = Path()
        self.dialog: QDialog | None = None  # the one that was opened last
        self.bar = ReadingBar()
        self.bar.cancel.clicked.connect(self.cancel)
        window.statusBar().addPermanentWidget(self.bar)
        self._timer = QTimer(window, interval=_POLL_MS)
        self._timer.timeout.connect(self._poll)

    # ------------------------------------------------------------------------------------------------- commands

    def import_file(self) -> None:
        """A file of another program that the user chooses."""
        self._choose(_("Import"), weights=False)

    def load_weights(self) -> None:
        """The weights of a file, whatever else it holds, onto the drawn network."""
        self._choose(_("Load weights"), weights=True)

    def _choose(self, title: str, weights: bool) -> None:
        name, _kind = QFileDialog.getOpenFileName(self._window, title, "", file_kinds())
        if name:
            self.take(Path(name), weights)

    def take(self, path: Path, weights: bool = False) -> None:
        """Begin to read a file; what was being read is given up."""
        self.cancel()
        self._path = path
        child = Child()
        try:
            carried.begin(child, path, weights)
        except (FileProblem, OSError) as problem:
            child.close()
            self._window.say(str(problem), problem=True)
            return
        self.child = child
        self._window.say("")
        self.bar.words.setText(_("Reading {name} …").format(name=shown(path)))
        self.bar.show()
        self._timer.start()

    def cancel(self) -> None:
        """Kill the process that reads, if there is one."""
        if self.child is not None:
            self._end()
            self._window.say(_("Reading {name} was cancelled.").format(name=shown(self._path)))

    def close(self) -> None:
        """The window goes, and with it whatever is being read."""
        if self.child is not None:
            self._end()

    def _end(self) -> None:
        self._timer.stop()
        self.bar.hide()
        if self.child is not None:
            self.child.close()
            self.child = None

    def _poll(self) -> None:
        """Look whether the file has been read."""
        assert self.child is not None
        try:
            answer = self.child.poll()
            if answer is None:
                return
            found = carried.found(answer, shown(self._path))
        except FileProblem as problem:
            self._end()
            self._window.say(str(problem), problem=True)
            return
        self._end()
        if isinstance(found, Weights):
            self._lay_on(found)
        elif found.left_out:
            self.dialog = dialog = LeftOutDialog(self._window, shown(self._path), found)
            dialog.accepted.connect(lambda: self._open(found))
            dialog.open()
        else:
            self._open(found)

    # ------------------------------------------------------------------------------------------ a network

    def _open(self, imported: Imported) -> None:
        """The network as a document, on the data at hand where they fit it."""
        window, name = self._window, shown(self._path)
        try:
            experiment = formats.experiment_of(imported, window.session.value)
            run = formats.run_of(imported, experiment)
        except (FileProblem, NetworkProblem, DataProblem) as problem:
            window.say(f"{name}: {problem}" if name not in str(problem) else str(problem), problem=True)
            return
        words = [_("Opened {name}: {layers}.").format(name=name, layers=_layers(imported))]
        if isinstance(experiment.dataset, Arrays) and experiment.dataset is not window.session.value.dataset:
            words.append(_("The data stand in until you choose some."))
        window.files.open_project(Project(experiment, run, notes=tuple(words)))

    # ------------------------------------------------------------------------------------------ weights alone

    def _lay_on(self, found: Weights) -> None:
        """Ask which weight gets which array."""
        window, network, path = self._window, self._window.network, self._path
        if network is None or not network.windows:
            sentence = _("{name} holds weights and no network, and what is drawn here has none that could get them.")
            window.say(sentence.format(name=shown(path)), problem=True)
            return
        if not found.arrays:
            window.say(_("{name} holds no arrays.").format(name=shown(path)), problem=True)
            return
        window.training.pause()  # so that the weights come where the training stands when they are taken
        self.dialog = dialog = MappingDialog(
            window, shown(path), network, found.arrays, told_by(found.description),
            lambda matching: self._set(network, matching, found, path),
        )  # fmt: skip
        dialog.open()

    def _set(self, network: Network, matching: Matching, found: Weights, path: Path) -> None:
        """One edit: after the updates made so far the weights are those of the file."""
        window = self._window
        report = window.training.settled()
        frame = report.frame if report is not None else None
        step = frame.step if frame is not None and frame.params.windows == network.windows else 0
        value = operations.set_arrays(window.session.value, network, matching.arrays(found.arrays), step, path.name)
        window.edit(value, _("Take the weights of {name}").format(name=shown(path)))
        words = plural("{n} weight of the network is", "{n} weights of the network are", len(matching.pairs))
        window.say(_("{words} now as in {name}; undo takes that back.").format(words=words, name=shown(path)))


def importable(dragged: QMimeData) -> list[Path]:
    """The files of other programs among what is dragged."""
    endings = tuple(suffix for suffix in _suffixes() if suffix != SUFFIX)
    paths = [Path(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile()]
    return [path for path in paths if path.name.lower().endswith(endings)]


def file_kinds() -> str:
    """What a file dialog offers: everything that can be read, then each format by its title."""
    every = " ".join(f"*{suffix}" for suffix in _suffixes())
    kinds = [_("All that netviz reads ({endings})").format(endings=every)]
    for name in formats.formats:
        if formats.formats[name].imports():
            kinds.append(f"{formats.formats.title(name)} ({' '.join(f'*{s}' for s in formats.formats[name].suffixes)})")
    return ";;".join([*kinds, _("All files (*)")])


def _suffixes() -> list[str]:
    members = [formats.formats[name] for name in formats.formats]
    return list(dict.fromkeys(suffix for member in members if member.imports() for suffix in member.suffixes))


def _layers(imported: Imported) -> str:
    count = plural("{n} layer", "{n} layers", len(imported.layers))
    return _("{count} with weights").format(count=count) if imported.arrays else _("{count} without weights").format(count=count)


def told_by(description: str) -> str:
    """What a file that netviz has written says of where its weights come from; empty for others."""
    try:
        found: Any = parse_json(description, "", _MOST_TEXT)
        origin = found["provenance"]
        words = _("netviz {version} wrote it after {n:,} updates, on {rows:,} rows of {data}, seed {seed}.")
        return words.format(
            version=str(origin["netviz"])[:20], n=int(origin["updates"]), rows=int(origin["data"]["rows"]),
            data=shown(str(origin["data"]["type"])), seed=int(origin["seed"]),
        )  # fmt: skip
    except (FileProblem, ValueError, TypeError, LookupError):
        return ""
