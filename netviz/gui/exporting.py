"""Taking the trained network away: a format is chosen, what would be written is shown, and it is written with its proof.

Looking and writing are done in a process apart, so the window lives on, and Cancel ends it.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from netviz.document.projectfile import Project, packed
from netviz.files import FileProblem
from netviz.formats import foreseen
from netviz.formats.apart import Child, Contents
from netviz.formats.foreseen import Foreseen
from netviz.gui.exportdialog import ExportDialog
from netviz.i18n import _

if TYPE_CHECKING:
    from netviz.gui.window import Window

_POLL_MS = 30


class Job:
    """A child that answers one question after the other without anybody waiting for it."""

    def __init__(self, parent: Window) -> None:
        """Idle; the child is started with the first question."""
        self._child: Child | None = None
        self._then: Callable[[Contents | FileProblem], None] | None = None
        self._timer = QTimer(parent, interval=_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._then is not None

    def ask(self, begin: Callable[[Child], None], then: Callable[[Contents | FileProblem], None]) -> None:
        """Put a question to the child; `then` gets its answer, or why there is none."""
        self._child = self._child or Child(math.inf)
        self._then = then
        try:
            begin(self._child)
        except (FileProblem, OSError) as problem:
            self._answered(problem if isinstance(problem, FileProblem) else FileProblem(str(problem)))
        else:
            self._timer.start()

    def _poll(self) -> None:
        assert self._child is not None
        try:
            answer: Contents | FileProblem | None = self._child.poll()
        except FileProblem as problem:
            answer = problem
        if answer is not None:
            self._answered(answer)

    def _answered(self, answer: Contents | FileProblem) -> None:
        self._timer.stop()
        then, self._then = self._then, None
        if then is not None:
            then(answer)

    def close(self) -> None:
        """End the child, which takes half a file away first; nobody gets an answer any more."""
        self._timer.stop()
        self._then = None
        if self._child is not None:
            self._child.close(tidily=True)
            self._child = None


class ExportCommands:
    """The command that exports, for one window; one dialog at a time."""

    def __init__(self, window: Window) -> None:
        """No dialog yet."""
        self._window = window
        self.dialog: ExportDialog | None = None
        self._looking, self._writing = Job(window), Job(window)
        self._project = b""
        self._seen: dict[tuple[str, str], Foreseen] = {}
        self._wanted: tuple[str, str] | None = None
        self._outside: tempfile.TemporaryDirectory[str] | None = None  # for files that are dragged out

    def export_weights(self) -> None:
        """Choose a format, see what would be written, and write it."""
        window = self._window
        report = window.training.settled()
        if report is None or report.frame is None or report.run is None:
            window.say(_("There are no weights yet."), problem=True)
            return
        if self.dialog is not None:
            self.dialog.reject()
        try:
            self._project = packed(Project(report.frame.experiment, report.run, report.frame))
        except FileProblem as problem:
            window.say(str(problem), problem=True)
            return
        self._seen.clear()
        path = window.session.path
        self.dialog = dialog = ExportDialog(
            window, path.parent if path else Path.cwd(), path.stem if path else "network", report.frame.step, report.frame.epoch
        )  # fmt: skip
        dialog.looked.connect(self._look)
        dialog.export_wanted.connect(self._write)
        dialog.file_wanted.connect(self._write_outside)
        dialog.given_up.connect(self._writing.close)
        dialog.finished.connect(self._closed)
        dialog.open()
        dialog.begin()

    def _closed(self) -> None:
        self._looking.close()
        self._writing.close()
        self.dialog = None

    def close(self) -> None:
        """The window goes."""
        self._looking.close()
        self._writing.close()
        if self._outside is not None:
            self._outside.cleanup()
            self._outside = None

    # -------------------------------------------------------------------------------------------------- looking

    def _look(self, kind: str, name: str) -> None:
        """Show what a format would write, as soon as it is known; of several questions only the last matters."""
        assert self.dialog is not None
        self._wanted = (kind, name)
        if (kind, name) in self._seen:
            self.dialog.show_foreseen(self._seen[kind, name])
        elif not self._looking.busy:
            self._looking.ask(
                lambda child: foreseen.begin_look(child, self._project, kind, name), lambda answer: self._saw(kind, name, answer)
            )

    def _saw(self, kind: str, name: str, answer: Contents | FileProblem) -> None:
        self._seen[kind, name] = Foreseen(refusal=str(answer)) if isinstance(answer, FileProblem) else foreseen.seen(answer)
        if self.dialog is not None and self._wanted is not None:
            self._look(*self._wanted)

    # -------------------------------------------------------------------------------------------------- writing

    def _write(self, kind: str, path: Path, replace: bool) -> None:
        """Write and prove; the dialog shows what came of it."""
        self._writing.ask(lambda child: foreseen.begin_export(child, self._project, kind, path, replace), self._wrote)

    def _wrote(self, answer: Contents | FileProblem) -> None:
        if self.dialog is None:
            return
        if isinstance(answer, FileProblem):
            self.dialog.show_problem(str(answer))
        else:
            self.dialog.show_proof(foreseen.sentence(answer))
            self._window.say(foreseen.sentence(answer))

    def _write_outside(self, kind: str, name: str) -> None:
        """Write and prove files in a folder of the window's own, from where they are dragged."""
        self._outside = self._outside or tempfile.TemporaryDirectory(prefix="netviz-")
        folder = Path(tempfile.mkdtemp(dir=self._outside.name))

        def wrote(answer: Contents | FileProblem) -> None:
            if self.dialog is None:
                return
            if isinstance(answer, FileProblem):
                self.dialog.show_problem(str(answer))
            else:
                self.dialog.show_files(sorted(folder.iterdir(), key=lambda path: path.name != name), foreseen.sentence(answer))

        self._writing.ask(lambda child: foreseen.begin_export(child, self._project, kind, folder / name, True), wrote)
