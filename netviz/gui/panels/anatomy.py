"""The anatomy of an update: how the optimizer made this weight's Δw of its gradient, line by line, and lately."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from netviz.datasets import Samples
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.network import Network, layer_names
from netviz.engine.optimizers import optimizers
from netviz.gui.elided import ElidedLabel
from netviz.gui.lesson import Lesson
from netviz.gui.panel import Panel, network_of, panels, same_form
from netviz.gui.panels.equations import EquationCard
from netviz.gui.panels.pile import Pile, copy_button
from netviz.gui.panels.strips import Bars, Sparkline
from netviz.gui.theme import Theme
from netviz.i18n import N_, _
from netviz.pictures.following import Follow, Followed
from netviz.pictures.microscope import Equation, Item
from netviz.pictures.microscope.equation import place
from netviz.pictures.microscope.writing import as_csv, as_latex, as_text
from netviz.pictures.update import Update, update_of

_PAST = 100


def weight_of(item: Item | None, network: Network | None) -> Item | None:
    """The weight that an item means: itself, or the bias of a unit; None where there is none."""
    if item is None or network is None:
        return None
    if item.kind == "weight":
        return Item("weight", item.layer, item.name, item.index)
    shapes = {window.path: window.shape for window in network.windows}
    if item.kind == "unit" and item.index and item.layer >= 0:
        for name in ("bias", "beta"):  # of a normalization what is added is called so
            if shapes.get((item.layer, name)) == (network.shapes[item.layer + 1][-1],):
                return Item("weight", item.layer, name, item.index[-1:])
    return None


@panels.register("anatomy", title=N_("Optimizer"))
class AnatomyPanel(Panel):
    """Equation cards of one weight's update, each with its course over the last hundred updates."""

    place = "right"
    rank = 2
    explains = True

    def __init__(self, theme: Theme) -> None:
        """Nothing is picked yet."""
        super().__init__(theme)
        self.item: Item | None = None
        self._frame: Frame | None = None
        self._network: Network | None = None
        self._rows: dict[int, Followed] = {}
        self._cards: list[tuple[EquationCard, Sparkline]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        top = QHBoxLayout()
        self.title = ElidedLabel("plain")
        top.addWidget(self.title, 1)
        ways = (as_text, as_latex, as_csv)
        self.copy = copy_button(self._equations, ways, _("Copy the update as text, LaTeX or CSV"))
        top.addWidget(self.copy)
        column.addLayout(top)
        self.bars = Bars(theme)
        column.addWidget(self.bars)
        self.hint = Lesson()
        column.addWidget(self.hint, 1)
        self.area = Pile(2)
        column.addWidget(self.area, 1)
        self._show()

    def _equations(self) -> tuple[Equation, ...]:
        update = self.update_shown()
        return update.equations if update is not None else ()

    # ------------------------------------------------------------------------------------------------- choices

    def pick(self, item: Item | None) -> None:
        found = weight_of(item, self._network)
        if found != self.item:
            self.item, self._rows = found, {}
            self.asked.emit()
            self._show()

    def take_over(self, old: Panel) -> None:
        if isinstance(old, AnatomyPanel):
            self.item, self._rows, self._frame, self._network = old.item, old._rows, old._frame, old._network
            self._show()

    def probes(self, experiment: Experiment) -> Mapping[str, Probe]:
        return {} if self.item is None else {"follow": Follow(self.item, _PAST)}

    def show_experiment(self, experiment: Experiment, samples: Samples | None) -> None:
        before = self._network
        self._network = network_of(experiment, samples)
        if not same_form(before, self._network):
            self.item, self._rows, self._frame = None, {}, None
            self._show()

    # ------------------------------------------------------------------------------------------------- showing

    def draw(self, frame: Frame, view: View) -> None:
        self._frame = frame
        told = [*frame.probed.get("follow/past", ()), frame.probed.get("follow")]
        self._rows |= {row.step: row for row in told if row is not None and row.item == self.item}
        last = frame.step - _PAST
        self._rows = {step: row for step, row in self._rows.items() if last < step <= frame.step}
        self._show()

    def update_shown(self) -> Update | None:
        """The update that is told, if there is one."""
        if self.item is None or self._frame is None or self._network is None:
            return None
        if self._frame.params.windows != self._network.windows:
            return None
        return update_of(self._frame, self._network, self.item)

    def _show(self) -> None:
        update = self.update_shown()
        self.area.setVisible(update is not None)
        self.bars.setVisible(update is not None)
        self.hint.setVisible(update is None)
        self.copy.setEnabled(update is not None)
        self.title.setText(self._title())
        if update is None:
            self.hint.setText(self._lesson())
            return
        assert self._frame is not None
        rows = [
            (_("Δw as it was made"), update.moved, False),
            (_("plain SGD would"), update.plain, True),
        ]  # fmt: skip
        self.bars.show_rows(rows)
        self.bars.setToolTip(_("Plain SGD: −η times the same gradient, with the same learning rate"))
        while len(self._cards) < len(update.equations):
            self._add_card()
        for number, (card, line) in enumerate(self._cards):
            there = number < len(update.equations)
            card.setVisible(there)
            line.setVisible(there and len(self._course(update.lines[number])[0]) > 1)
            if there:
                card.show_equation(update.equations[number], None)
                line.show_values(*self._course(update.lines[number]), update.equations[number].sentence)

    def _course(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(updates, values) of a line over the last updates."""
        rows = [self._rows[step] for step in sorted(self._rows)]
        rows = [row for row in rows if name in row.values]
        return np.array([row.step for row in rows], float), np.array([row.values[name] for row in rows], float)

    def _title(self) -> str:
        if self.item is None or self._network is None:
            return ""
        name = f"{layer_names(self._network.layers)[self.item.layer]} {self.item.name}[{place(self.item.index)}]"
        if self._frame is None:
            return name
        optimizer = optimizers.title(optimizers.name(type(self._frame.experiment.optimizer)))
        return f"{name} · {optimizer} · " + _("update {n:,}").format(n=self._frame.step)

    def _lesson(self) -> str:
        if self.item is None:
            return _("Click a link or a bias in the network: here stands how the optimizer moves it.")
        window = next((w for w in self._network.windows if w.path[0] == self.item.layer), None) if self._network else None
        if window is not None and not window.trainable and self.item.name == window.path[-1]:
            return _("This number is no weight: it follows the data, and no optimizer moves it.")
        return _("The optimizer has not had its turn yet: make one update (F10), or step on (F9).")

    def _add_card(self) -> None:
        card, line = EquationCard(self.theme), Sparkline(self.theme)
        card.opened.connect(self.opened)
        self._cards.append((card, line))
        self.area.add(card)
        self.area.add(line)
