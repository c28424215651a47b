"""What a step was worth: promised and measured, row by row, and what it did to the row that is looked at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.network import Network, layer_names
from netviz.gui import plots
from netviz.gui.elided import ElidedLabel
from netviz.gui.panel import Panel, network_of, panels, same_form
from netviz.gui.panels.anatomy import weight_of
from netviz.gui.panels.numerals import shown
from netviz.gui.panels.strips import Bars, RowStrip
from netviz.gui.theme import Theme
from netviz.i18n import N_, _, plural
from netviz.pictures.curves import calm_range
from netviz.pictures.microscope import Item
from netviz.pictures.microscope.equation import place
from netviz.pictures.worth import Share, Shares, Tell, Told, Weigh, Worth

_PAST = 100
_MOST_OUTPUTS = 6
_NO_LIMIT = 16_777_215  # Qt's own
_NARROW, _HIGH, _TWO_LINES = 520, 260, 30  # a panel of less width and more height is upright; the height of a head


@panels.register("worth", title=N_("Worth of a step"))
class WorthPanel(Panel):
    """Three pictures side by side: steps, rows, and one row's prediction."""

    short = N_("Worth")
    rank = 2
    scrolled = True

    def __init__(self, theme: Theme) -> None:
        """Nothing has been stepped yet."""
        super().__init__(theme)
        self.item: Item | None = None
        self.row = 0
        self._network: Network | None = None
        self._rows: dict[int, Worth] = {}
        self._ends: tuple[float, float] | None = None
        self.headline, self.rows_line, self.told_line = (ElidedLabel("plain", lines=2) for _i in range(3))
        self.plot = plots.Plot(theme, whole=True)
        self.plot.setToolTip(
            _("Change of the batch's loss by each update: thin as g·Δw promised, thick as it was. Where they part, the "
              "loss is curved: the step was too long for its gradient.")
        )  # fmt: skip
        self.measured = self.plot.plot(pen=plots.pen(theme.training, 3.2))
        self.predicted = self.plot.plot(pen=plots.pen(theme.validation, 1.3))
        self._zero = pg.InfiniteLine(angle=0, pen=plots.pen(theme.quiet, 0.8))
        self.plot.addItem(self._zero, ignoreBounds=True)
        self.strip, self.bars = RowStrip(theme), Bars(theme)
        self.strip.chosen.connect(self._open_row)
        self.note = QLabel()
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self._lay_out()
        self._teach()

    def _lay_out(self) -> None:
        self._parts: list[QWidget] = []
        key = QLabel(
            f'<span style="color:{self.theme.validation}">─</span> {_("promised, g·Δw")} &nbsp; '
            f'<span style="color:{self.theme.training}">━</span> {_("measured")}'
        )
        key.setProperty("role", "small")
        heads: tuple[QWidget, ...] = (self.headline, self.rows_line, self.told_line)
        below: tuple[tuple[QWidget, ...], ...] = ((key, self.plot), (self.note, self.strip), (self.bars,))
        for head, parts in zip(heads, below, strict=True):
            holder = QWidget()
            column = QVBoxLayout(holder)
            column.setSpacing(2)
            column.setContentsMargins(0, 0, 0, 0)
            head.setMinimumHeight(_TWO_LINES)
            column.addWidget(head)
            for part in parts:
                column.addWidget(part, int(part in (self.plot, self.strip)))
            if self.bars in parts:
                column.addStretch(1)
            holder.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self._parts.append(holder)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 6, 8, 4)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(4)
        self._place(upright=False)

    def _place(self, upright: bool) -> None:
        """Side by side, or one below the other where there is little width."""
        for at, (part, share) in enumerate(zip(self._parts, (5, 4, 3), strict=True)):
            self._grid.removeWidget(part)
            self._grid.addWidget(part, *((at, 0) if upright else (0, at)))
            self._grid.setColumnStretch(at, (share if not at else 0) if upright else share)
            self._grid.setRowStretch(at, share if upright else int(not at))
        for picture, high in ((self.plot, _HIGH // 2), (self.strip, _HIGH // 3)):
            picture.setMaximumHeight(high if upright else _NO_LIMIT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place(upright=self.width() < _NARROW and self.height() > _HIGH)

    # ------------------------------------------------------------------------------------------------- choices

    def pick(self, item: Item | None) -> None:
        found = weight_of(item, self._network)
        if found != self.item:
            self.item = found
            self.strip.show_shares(None)
            self._teach()
            self.asked.emit()

    def take_over(self, old: Panel) -> None:
        if isinstance(old, WorthPanel):
            self.item, self.row, self._network, self._rows = old.item, old.row, old._network, old._rows

    def probes(self, experiment: Experiment) -> Mapping[str, Probe]:
        wanted: dict[str, Probe] = {"worth": Weigh(_PAST), "told": Tell(self.row)}
        return wanted if self.item is None else wanted | {"shares": Share(self.item)}

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        before = self._network
        self._network = network_of(experiment, samples)
        if not same_form(before, self._network):
            self.item, self._rows = None, {}
            self.strip.show_shares(None)
            self._teach()

    def _open_row(self, row: int) -> None:
        if self.item is not None:
            self.opened.emit(Item("weight", self.item.layer, self.item.name, self.item.index, row))

    # ------------------------------------------------------------------------------------------------- showing

    def draw(self, frame: Frame, view: View) -> None:
        if view.sample is not None and view.sample != self.row:
            self.row = view.sample
            self.asked.emit()
        now: Worth | None = frame.probed.get("worth")
        told = [*frame.probed.get("worth/past", ()), *([now] if now is not None else [])]
        self._rows |= {worth.step: worth for worth in told}
        self._rows = {step: w for step, w in self._rows.items() if frame.step - _PAST < step <= frame.step}
        self._draw_steps(frame)
        self._draw_rows(frame.probed.get("shares"))
        self._draw_told(frame.probed.get("told"))

    def _teach(self) -> None:
        self.rows_line.setText(_("Rows"))
        self.note.setText(_("Click a link or a bias in the network: here stands what each row of the batch wants of it."))
        if not self._rows:
            self.headline.setText(_("Step"))
            self.plot.teach(_("Make an update (F10): what it promised and what came of it is drawn here."))
            self.told_line.setText(_("The chosen row, before and after"))

    def _draw_steps(self, frame: Frame) -> None:
        rows = [self._rows[step] for step in sorted(self._rows)]
        if not rows:
            return
        self.plot.teach("")
        steps = np.array([worth.step for worth in rows], float)
        promised = np.array([worth.predicted for worth in rows])
        measured = np.array([worth.measured for worth in rows])
        mark = {"symbol": "o", "symbolSize": 4} if len(rows) < 40 else {"symbol": None}
        for curve, values, color in (
            (self.predicted, promised, self.theme.validation),
            (self.measured, measured, self.theme.training),
        ):
            curve.setData(steps, values, connect="finite", symbolBrush=color, symbolPen=None, **mark)
        values = np.concatenate([promised, measured])
        self._ends = calm_range(values[np.isfinite(values)], self._ends)
        left, right = float(steps[0]) - 0.5, float(max(steps[-1], steps[0] + 5)) + 0.5
        self.plot.fit(QRectF(left, self._ends[0], right - left, self._ends[1] - self._ends[0]))
        last = rows[-1]
        text = _("Update {n:,}: promised {a}, measured {b}")
        words = text.format(n=last.step, a=shown(last.predicted), b=shown(last.measured))
        if last.predicted:
            words += f" ({last.measured / last.predicted:.0%})".replace("-", "−")
        self.headline.setText(words)

    def _draw_rows(self, shares: Shares | None) -> None:
        if shares is None or self.item is None or self._network is None:
            return
        self.strip.show_shares(shares)
        name = f"{layer_names(self._network.layers)[self.item.layer]} {self.item.name}[{place(self.item.index)}]"
        rows = plural("{n:,} row comes to {total}", "{n:,} rows come to {total}", len(shares.rows), total=shown(shares.total))
        self.rows_line.setText(f"{name}: {rows}")
        note = _("{share:.0%} of what they ask for cancels out.").format(share=shares.cancelled)
        if shares.normalized:
            note += " " + _("Taken at the statistics of this batch: a batch normalization lies on the way.")
        self.note.setText(note)

    def _draw_told(self, told: Told | None) -> None:
        if told is None:
            return
        self.told_line.setText(_("Training row {n:,}, before and after").format(n=told.row + 1))
        rows: list[tuple[str, float, bool]] = []
        count = len(told.target)
        order = range(count)
        if count > _MOST_OUTPUTS:  # those that matter: the true one and those that moved most
            moved = np.argsort(-(np.abs(told.after - told.before) + 1e9 * (told.target == told.target.max())))
            order = sorted(moved[:_MOST_OUTPUTS].tolist())  # type: ignore[assignment]
        for output in order:
            name = told.classes[output] if told.classes else str(output + 1) if count > 1 else ""
            rows.append((f"{name} {_('before')}".strip(), float(told.before[output]), True))
            rows.append((f"{name} {_('after')}".strip(), float(told.after[output]), False))
            if count <= 3:
                rows.append((f"{name} {_('true')}".strip(), float(told.target[output]), True))
        self.bars.show_rows(rows)
        self.bars.setToolTip(_("What the network says to this row with the weights before the update, and after it"))
