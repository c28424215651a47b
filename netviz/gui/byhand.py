"""A weight or a bias set by hand: double-click it, type a number. It is an edit of the document, and can be undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from netviz.codec import Range
from netviz.document import operations
from netviz.engine.frame import Frame
from netviz.engine.network import Network, layer_names
from netviz.engine.parameters import Path
from netviz.gui.canvas.readout import Spot, at
from netviz.gui.fields import NumberField
from netviz.i18n import _
from netviz.pictures.diagram import Diagram
from netviz.runtime import Status

if TYPE_CHECKING:
    from netviz.gui.window import Window

_KEY = "weight by hand"
_LOOKS_MS = 10  # between two looks whether training has come to rest


class HandField(NumberField):
    """A number that is done with once it is entered or left."""

    def __init__(self, number: float, card: QWidget) -> None:
        """Any number may stand here; the card closes with it."""
        super().__init__(number, Range(), whole=False)
        self._card = card

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self._card.close()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._card.close()


class ByHand:
    """Opens a field over the drawing for what is double-clicked, and makes an edit of what is typed there."""

    def __init__(self, window: Window) -> None:
        """Listen to the canvas."""
        self._window = window
        self.field: HandField | None = None
        window.canvas.scene.edit_wanted.connect(self.open)

    def open(self, spot: Spot, place: QPoint) -> None:
        """A field for the number at a spot; training pauses for it."""
        window, report = self._window, self._window.showing.report
        found = (
            None
            if window.canvas.scene.diagram is None
            else weight_at(spot, window.network, window.canvas.scene.diagram)
        )
        if found is None or report is None or report.frame is None or window.network is None:
            return
        window.training.pause()
        path, index = found
        value = float(at(report.frame.params, path)[index])
        card = QFrame(window.canvas.view)
        card.setProperty("role", "card")
        card.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        name = (
            f"{layer_names(window.network.layers)[int(path[0])]} {'/'.join(map(str, path[1:]))}{[i + 1 for i in index]}"
        )
        self.field = field = HandField(float(f"{value:.7g}"), card)
        field.setAccessibleName(_("Set {name}").format(name=name))
        field.setToolTip(_("Type a number and press Enter; arrows change it step by step"))
        row = QHBoxLayout(card)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(QLabel(name))
        row.addWidget(field)
        field.edited.connect(lambda number: self._set(path, index, float(number), name))
        field.settled.connect(window.session.settle)
        self._show(card, place)
        field.setFocus()
        field.selectAll()

    def _show(self, card: QWidget, place: QPoint) -> None:
        """Beside the place, wholly within the drawing."""
        card.adjustSize()
        view = self._window.canvas.view
        card.move(
            min(max(0, place.x() + 10), max(0, view.width() - card.width())),
            min(max(0, place.y() - card.height() // 2), max(0, view.height() - card.height())),
        )
        card.show()
        card.raise_()

    def _set(self, path: Path, index: tuple[int, ...], value: float, name: str) -> None:
        window = self._window

        def edit(step: int) -> None:
            layer, name_in_it = int(path[0]), "/".join(map(str, path[1:]))
            edited = operations.set_weight(window.session.value, layer, name_in_it, index, value, step)
            window.edit(edited, _("Set {name} to {value:.4g}").format(name=name, value=value), _KEY)

        at_rest(window, edit)


def at_rest(window: Window, then: Callable[[int], None]) -> None:
    """Call `then`, once training that was paused has come to rest, with the update after which it goes on.

    At once where it rests. What was set by hand after an earlier update would come too late for it.
    """
    report = window.trainer.latest()
    if not window.trainer.knows(report) or report.status is Status.RUNNING:
        QTimer.singleShot(_LOOKS_MS, window, lambda: at_rest(window, then))
    elif report.frame is not None:
        then(next_settled(report.frame))


def next_settled(frame: Frame) -> int:
    """How many updates have been made where training goes on with an edit: one that is under way is finished first."""
    return frame.step + (not frame.phase.settled)


def weight_at(spot: Spot, network: Network | None, diagram: Diagram) -> tuple[Path, tuple[int, ...]] | None:
    """The array and the place in it that a spot stands for: a link's weight, an entry, a unit's bias; None for others."""
    if network is None or spot.layer < 0:
        return None
    shapes = {window.path: window.shape for window in network.windows if window.trainable}
    if spot.path:
        return (spot.path, _index(spot.unit, shapes[spot.path])) if spot.path in shapes else None
    if spot.source is not None:
        joint = diagram.joint(spot.layer)
        return None if joint is None or not joint.paths else (joint.paths[0], (spot.source, spot.unit))
    path: Path = (spot.layer, "bias")
    tiles = len(diagram.column(spot.layer).rects)
    return (path, (spot.unit % tiles,)) if shapes.get(path) == (tiles,) else None


def _index(number: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(number, shape))
