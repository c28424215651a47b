"""Surgery: what each unit of a layer is good for, what has been done by hand, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from netviz.datasets import Samples
from netviz.document.operations import alter, alteration, without
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.network import layer_names
from netviz.engine.surgery import Alter, Freeze, SetArray, SetWeight, Surgery
from netviz.gui.elided import ElidedComboBox, ElidedLabel
from netviz.gui.lesson import Lesson
from netviz.gui.panel import Panel, panels
from netviz.gui.panels.numerals import shown
from netviz.gui.panels.strips import small
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures.ablation import Ablate, Ablation
from netviz.pictures.microscope import Item


def told(operation: Surgery, names: tuple[str, ...]) -> str:
    """An operation in words."""
    layer = names[operation.layer] if operation.layer < len(names) else str(operation.layer + 1)
    if isinstance(operation, Alter):
        whose = layer if operation.unit is None else f"{layer}[{operation.unit + 1}]"
        if not operation.scale and not operation.shift:
            return _("{what}: muted").format(what=whose)
        return _("{what}: {scale:g}·a + {shift:g}").format(what=whose, scale=operation.scale, shift=operation.shift)
    if isinstance(operation, SetArray):
        words = _("{what} ← {n:,} numbers of {origin} after update {step:,}")
        origin = operation.origin or _("elsewhere")
        return words.format(what=f"{layer} {operation.name}", n=operation.values.size, origin=origin, step=operation.step)
    assert isinstance(operation, (Freeze, SetWeight))
    index = ",".join("·" if i is None else str(i + 1) for i in operation.index)
    whose = f"{layer} {operation.name}" + (f"[{index}]" if index else "")
    if isinstance(operation, Freeze):
        return _("{what}: held still").format(what=whose.strip())
    return _("{what} ← {value:g} after update {step:,}").format(what=whose, value=operation.value, step=operation.step)


class AblationBars(QWidget):
    """A bar for each unit: how much the loss grows without it. A click mutes the unit, or lets it speak again."""

    pressed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        """Nothing is known yet."""
        super().__init__()
        self.theme = theme
        self.worth = np.empty(0)
        self.muted: frozenset[int] = frozenset()
        self._hovered: int | None = None
        self.setMouseTracking(True)
        self.setMinimumHeight(70)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Loss without each unit"))

    def show_worth(self, worth: np.ndarray, muted: frozenset[int]) -> None:
        """Draw these, NaN for what is not known."""
        self.worth, self.muted = worth, muted
        self.update()

    def _area(self) -> QRectF:
        return QRectF(8, 16, self.width() - 16, self.height() - 34)

    def unit_at(self, x: float) -> int | None:
        """The unit whose bar is at an x."""
        area = self._area()
        if not len(self.worth) or not area.left() <= x < area.right():
            return None
        return min(len(self.worth) - 1, int((x - area.left()) / area.width() * len(self.worth)))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.worth):
            return
        painter = QPainter(self)
        area, known = self._area(), np.nan_to_num(self.worth)
        low, high = min(0.0, float(known.min())), max(0.0, float(known.max()))
        span = (high - low) or 1.0
        zero, wide = area.bottom() + low / span * area.height(), area.width() / len(known)
        painter.setFont(small(self, 10))
        for unit, value in enumerate(known.tolist()):
            height = value / span * area.height()
            slot = QRectF(area.left() + unit * wide, 0, wide, self.height())
            bar = QRectF(slot.left() + wide * 0.12, min(zero, zero - height), max(wide * 0.76, 0.6), max(abs(height), 1.0))
            color = QColor(self.theme.color("training" if value >= 0 else "validation"))
            if self._hovered is not None and unit != self._hovered:
                color.setAlpha(120)
            if unit in self.muted:
                painter.setPen(QPen(self.theme.color("quiet"), 1.4))
                middle = QPointF(slot.center().x(), zero - 8)
                painter.drawLine(middle + QPointF(-4, -4), middle + QPointF(4, 4))
                painter.drawLine(middle + QPointF(-4, 4), middle + QPointF(4, -4))
            else:
                painter.fillRect(bar, color)
            if wide >= 16:
                painter.setPen(self.theme.color("quiet"))
                below = QRectF(slot.left(), self.height() - 16, wide, 14)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(unit + 1))
        painter.setPen(QPen(self.theme.color("quiet"), 1))
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
        painter.drawText(QRectF(8, 0, self.width() - 16, 14), Qt.AlignmentFlag.AlignLeft, "+" + shown(high))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        unit = self.unit_at(event.position().x())
        if unit != self._hovered:
            self._hovered = unit
            self.update()
        if unit is not None:
            value = float(self.worth[unit])
            text = _("unit {n}: without it the loss changes by {value}") if value == value else _("unit {n}: not known yet")
            more = _("click to let it speak again") if unit in self.muted else _("click to mute it")
            words = text.format(n=unit + 1, value=shown(value)) + "\n" + more
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        unit = self.unit_at(event.position().x())
        if unit is not None and event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(unit)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()


@panels.register("surgery", title=N_("Surgery"))
class SurgeryPanel(Panel):
    """A layer's ablation, and the list of operations with a button for each to take it back."""

    place = "lower right"
    rank = 2

    def __init__(self, theme: Theme) -> None:
        """Nothing is done yet."""
        super().__init__(theme)
        self._experiment: Experiment | None = None
        self._listed: tuple[Surgery, ...] = ()
        self._names: tuple[str, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        top = QHBoxLayout()
        self.layer = ElidedComboBox()
        self.layer.setAccessibleName(_("Layer"))
        self.layer.setToolTip(_("The layer whose units are muted in turn"))
        self.layer.setMaximumWidth(170)
        self.layer.activated.connect(lambda _place: self._another())
        top.addWidget(self.layer)
        self.loss = ElidedLabel("plain", lines=2)
        top.addWidget(self.loss, 1)
        column.addLayout(top)
        self.lesson = QLabel(_("How much the batch's loss grows without each unit:"))
        self.lesson.hide()
        self.hint = Lesson(_("Make an update (F10): what each unit is good for is drawn here."))
        self.lesson.setProperty("role", "small")
        column.addWidget(self.lesson)
        self.bars = AblationBars(theme)
        self.bars.pressed.connect(self._mute)
        column.addWidget(self.bars, 2)
        column.addWidget(self.hint, 2)
        self.bars.hide()
        column.addWidget(self._list(), 1)

    def _list(self) -> QWidget:
        area = QScrollArea()
        area.setWidgetResizable(True)
        inner = QWidget()
        self.grid = QGridLayout(inner)
        self.grid.setContentsMargins(0, 0, 4, 0)
        self.grid.setVerticalSpacing(1)
        self.none = QLabel(_("Right-click a unit, a link or a layer in the network to mute, perturb or freeze it."))
        self.none.setWordWrap(True)
        self.none.setProperty("role", "quiet")
        self.grid.addWidget(self.none, 0, 0)
        area.setWidget(inner)
        return area

    # ------------------------------------------------------------------------------------------------- choices

    def probes(self, experiment: Experiment) -> Mapping[str, Probe]:
        return {"ablation": Ablate(self.layer.currentData(), experiment.surgery)}

    def pick(self, item: Item | None) -> None:
        at = self.layer.findData(item.layer) if item is not None else -1
        if at >= 0 and at != self.layer.currentIndex():
            self.layer.setCurrentIndex(at)
            self._another()

    def take_over(self, old: Panel) -> None:
        if isinstance(old, SurgeryPanel) and old._experiment is not None:
            self.show_experiment(old._experiment, None)
            self.layer.setCurrentIndex(old.layer.currentIndex())

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        names = layer_names(experiment.layers)
        if names[:-1] != self._names[:-1] or not self.layer.count():
            now = self.layer.currentData()
            self.layer.clear()
            for layer, name in enumerate(names[:-1]):
                self.layer.addItem(name, layer)
            self.layer.setCurrentIndex(max(0, self.layer.findData(now)) if self.layer.count() else -1)
            self._another()
        self._experiment, self._names = experiment, names
        if experiment.surgery != self._listed:
            self._listed = experiment.surgery
            self._fill_list()

    def _another(self) -> None:
        self.bars.show_worth(np.empty(0), frozenset())
        self.asked.emit()

    def _mute(self, unit: int) -> None:
        experiment, layer = self._experiment, self.layer.currentData()
        if experiment is None or layer is None:
            return
        silent = alteration(experiment, layer, unit) is not None
        text = _("Let the unit speak") if silent else _("Mute the unit")
        self.edited.emit(alter(experiment, layer, unit, float(silent), 0.0), text)

    def _fill_list(self) -> None:
        while self.grid.count() > 1:
            item = self.grid.takeAt(1)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.none.setVisible(not self._listed)
        for row, operation in enumerate(self._listed, 1):
            words = told(operation, self._names)
            label = ElidedLabel("plain")
            label.setText(words)
            button = QToolButton()
            button.setText("×")
            button.setProperty("role", "flat")
            button.setToolTip(_("Take this back"))
            button.setAccessibleName(_("Take back: {what}").format(what=words))
            button.clicked.connect(lambda _on=False, operation=operation: self._take_back(operation))
            self.grid.addWidget(label, row, 0)
            self.grid.addWidget(button, row, 1)
        self.grid.setRowStretch(len(self._listed) + 1, 1)

    def _take_back(self, operation: Surgery) -> None:
        if self._experiment is not None:
            self.edited.emit(without(self._experiment, operation), _("Take surgery back"))

    # ------------------------------------------------------------------------------------------------- showing

    def draw(self, frame: Frame, view: View) -> None:
        found: Ablation | None = frame.probed.get("ablation")
        layer = self.layer.currentData()
        self.hint.setVisible(found is None)
        for part in (self.lesson, self.bars):
            part.setVisible(found is not None)
        if found is None:
            self.loss.setText("")
            return
        text = _("loss {loss}").format(loss=shown(found.loss))
        surgery = self._experiment.surgery if self._experiment is not None else ()
        if surgery:
            moved = found.loss - found.untouched
            sign = "+" if moved >= 0 else ""
            text = _("loss {loss}, without surgery {bare} ({moved})").format(
                loss=shown(found.loss), bare=shown(found.untouched), moved=sign + shown(moved)
            )
        self.loss.setText(text)
        if found.layer == layer:
            silent = {
                s.unit for s in surgery
                if isinstance(s, Alter) and s.layer == layer and s.unit is not None and not s.scale and not s.shift
            }  # fmt: skip
            self.bars.show_worth(found.worth, frozenset(silent))
            self.lesson.setVisible(bool(len(found.losses)))
