"""The network panel: a heading, the colour modes, problems with their fixes, cards, the drawing, its legend, exact values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from netviz.datasets import Samples
from netviz.document import edits
from netviz.document.offers import neighbour_activation, offers, suited
from netviz.document.problems import Problem
from netviz.document.view import View
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Probe
from netviz.engine.layers import Dense, Layer
from netviz.engine.network import Network
from netviz.gui.canvas.cardrow import CardRow
from netviz.gui.canvas.insertion import Insertion
from netviz.gui.canvas.labels import pretty
from netviz.gui.canvas.palette import Palette
from netviz.gui.canvas.readout import Spot, briefer
from netviz.gui.canvas.rows import RowChooser
from netviz.gui.canvas.scene import NetworkScene
from netviz.gui.canvas.shades import LinkModes, ShadeRow
from netviz.gui.canvas.view import NetworkView
from netviz.gui.elided import ElidedLabel
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures import encodings
from netviz.pictures.cards import shape_text
from netviz.pictures.sketch import Drawable
from netviz.pictures.surface import Plane, Slice, can_be_sliced, unit_functions, unit_values

_NARROW = 620  # a panel of less width has no caption
_LOW = 420  # a panel of less height has lower cards


class NetworkPanel(QWidget):
    """The largest thing on the screen."""

    edited = Signal(object, str)
    view_wanted = Signal(object)  # fields of the View that shall be others
    fix_wanted = Signal(object, str)
    chosen = Signal(int)  # a layer, −1 for the input
    settings_wanted = Signal(int)
    numbers_wanted = Signal(int, str)

    def __init__(self, theme: Theme) -> None:
        """Nothing drawn yet."""
        super().__init__()
        self.scene = NetworkScene(theme)
        self.view = NetworkView(self.scene)
        self.view.setBackgroundBrush(theme.color("panel"))
        self.cards, self.links, self.shades = CardRow(theme), LinkModes(), ShadeRow(theme)
        self.legend, self.modes = self.shades.legend, self.links.buttons
        self._lesson = QLabel(self.view)
        self._lesson.setProperty("role", "quiet")
        self._lesson.hide()
        self._experiment: Experiment | None = None
        self._network: Drawable | None = None
        self._view = View()
        self._plane = ""
        self._cut: Plane | Slice | None = None  # the plane that functions are drawn over
        self._samples: Samples | None = None
        self._hovered: Spot | None = None
        self._selected: Spot | None = None
        self.heading, self.readout, self.rows = ElidedLabel(), ElidedLabel("plain", lines=2), RowChooser()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 2)
        column.setSpacing(4)
        column.addLayout(self._top())
        column.addWidget(self._problem_bar())
        column.addWidget(self._drawing(), 1)
        column.addLayout(self._bottom())
        self._connect()

    def _connect(self) -> None:
        """Scene and view, modes and cards."""
        self.scene.hovered.connect(self._hover)
        self.scene.selected.connect(self._select)
        self.scene.laid_out.connect(self._place_cards)
        self.view.moved.connect(self._place_cards)
        self.scene.row_picked.connect(self.rows.choose)
        self.links.wanted.connect(self.view_wanted)
        self.shades.wanted.connect(self.view_wanted)
        self.cards.edited.connect(self.edited)
        self.cards.inserted.connect(self._insert)
        self.cards.wanted.connect(self._offer)
        self.cards.chosen.connect(self.cards.choose)
        self.cards.chosen.connect(self.chosen)
        self.cards.settings_wanted.connect(self.settings_wanted)
        self.cards.numbers_wanted.connect(self.numbers_wanted)
        self.cards.focused.connect(self.view.bring)

    def _drawing(self) -> QWidget:
        """Cards, drawing and legend, on one ground."""
        ground = QWidget()
        ground.setProperty("role", "drawing")
        ground.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.cards)
        column.addWidget(self.view, 1)
        column.addWidget(self.shades)
        return ground

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 12, 0)
        self._caption = QLabel(_("NETWORK"))
        self._caption.setProperty("role", "caption")
        self._caption.setContentsMargins(0, 0, 12, 0)
        row.addWidget(self._caption)
        row.addWidget(self.heading, 1)
        row.addWidget(self.links)
        return row

    def _bottom(self) -> QHBoxLayout:
        """The exact values, and which row they are of."""
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 0, 0)
        row.addWidget(self.readout, 1)
        row.addWidget(self.rows)
        return row

    def _problem_bar(self) -> QWidget:
        self.problem_bar = QWidget()
        row = QHBoxLayout(self.problem_bar)
        row.setContentsMargins(16, 2, 12, 2)
        self.problem = QLabel()
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.fix = QPushButton()
        row.addWidget(self.problem, 1)
        row.addWidget(self.fix)
        self.problem_bar.hide()
        self._fix: Problem | None = None
        self.fix.clicked.connect(self._mend)
        return self.problem_bar

    def _teach(self) -> None:
        """There is no network to be drawn at all."""
        self._lesson.setText(_("The network is drawn here as soon as there is data for it. What to do stands above."))
        self._lesson.adjustSize()
        self._lesson.move(self.view.rect().center() - self._lesson.rect().center())
        self._lesson.show()

    def _mend(self) -> None:
        if self._fix is not None and self._fix.fix is not None:
            self.fix_wanted.emit(self._fix.fix, self._fix.fix_title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little width the sizes say more than the caption."""
        super().resizeEvent(event)
        self._caption.setVisible(self.width() >= _NARROW)
        self.rows.show_narrow(self.width() < _NARROW)

    def wear(self, theme: Theme) -> None:
        """Another theme, from the next drawing on."""
        self.scene.theme = self.cards.theme = self.legend.theme = theme
        self.view.setBackgroundBrush(theme.color("panel"))
        self.legend.update()

    def show_network(self, experiment: Experiment, network: Drawable, samples: Samples) -> None:
        """Draw this network from now on, as much of it as can be read."""
        self._experiment, self._network = experiment, network
        self._lesson.hide()
        self._choose_plane(network, samples)
        self.rows.show_samples(samples)
        self.cards.show_low(self.height() < _LOW)
        self.cards.show_network(experiment, network)
        self.scene.show_network(experiment, network, samples, self.view.space)
        self._show_heading(network)
        self.view.present()
        self._show_legend()

    def _choose_plane(self, network: Drawable, samples: Samples) -> None:
        """What the units' functions are drawn over: both features, or the two directions in which rows differ most."""
        if network.shapes[0] == (2,):
            one, other = map(pretty, samples.features or ("x1", "x2"))
            self._cut, self._plane = Plane.around(samples), _("over {a} and {b}").format(a=one, b=other)
        elif not isinstance(network, Network) or not can_be_sliced(network):
            self._cut, self._plane = None, ""
        elif samples is not self._samples or not isinstance(self._cut, Slice):
            self._cut, self._plane = Slice.through(samples), _("· over the first two principal components")
        self._samples = samples

    def _place_cards(self) -> None:
        self._lesson.move(self.view.rect().center() - self._lesson.rect().center())
        if self.scene.diagram is not None:
            self.cards.place(self.scene.diagram, self.view.pixel)

    def _insert(self, place: int) -> None:
        """A dense layer with the activation of its neighbours; as the first one, an output that fits the data."""
        assert self._experiment is not None
        if not self._experiment.layers:
            self.edited.emit(edits.suggest_output(self._experiment), _("Add layer"))
            return
        self._add(place, suited(Dense, None, neighbour_activation(self._experiment, place)))

    def _add(self, place: int, layer: Layer) -> None:
        assert self._experiment is not None
        self.edited.emit(edits.insert_layer(self._experiment, place, layer), _("Add layer"))

    def _offer(self, button: Insertion, letters: str) -> None:
        """All layers, for the place of a button."""
        if self._experiment is None or self._network is None:
            return
        offered = offers(self._experiment, button.place, self._network.shapes)
        palette = Palette(self.window(), offered, self.scene.theme)  # the button may go while it is open
        place = button.place
        palette.chosen.connect(lambda layer: self._add(place, layer))
        palette.quick.connect(lambda: self._insert(place))
        palette.open_below(button, letters)

    def probes(self, experiment: Experiment, network: Drawable | None, view: View | None = None) -> Mapping[str, Probe]:
        """Functions where a plane can show them, values everywhere, δ where it is looked at."""
        view = view or self._view
        row = self.rows.row
        found: dict[str, Probe] = {"unit_values": partial(unit_values, row=row), **encodings.probes(view, row)}
        if view.units == "function" and self._cut is not None:
            found["unit_functions"] = partial(unit_functions, plane=self._cut)
        return found

    def _show_heading(self, network: Drawable) -> None:
        """Sizes and the number of parameters."""
        sizes = " → ".join(map(shape_text, network.shapes))
        if len(network.shapes) > 9:
            sizes = _("{n} layers").format(n=len(network.layers))
        count = network.windows[-1].stop if network.windows else 0
        self.heading.shorter = sizes, _("{n} layers").format(n=len(network.layers))
        self.heading.setText(sizes + " · " + _("{n:,} parameters").format(n=count))

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """The gravest problem, marked on its layer, with its fix."""
        self._fix = problems[0] if problems else None
        if problems and self.scene.diagram is None:
            self._teach()
        self.cards.show_problem(self._fix.layer if self._fix else None)
        self.problem_bar.setVisible(self._fix is not None)
        if self._fix is not None:
            self.problem.setText(self._fix.sentence)
            self.fix.setVisible(self._fix.fix is not None)
            self.fix.setText(self._fix.fix_title)
            self.fix.setToolTip(self._fix.fix_title)

    def draw(self, frame: Frame, view: View) -> None:
        """Show a frame, and the exact values at the mouse or the selection."""
        self._view = view
        self.scene.draw(frame, view)
        self.modes[self.scene.shown.mode].setChecked(True)
        if self.scene.light is not None and frame.batch is not None:
            self.rows.show_batch(frame.batch.rows, self.scene.light.row)
        else:
            self.rows.show_batch(None, None)
        self._show_legend()
        self._read()

    def _show_legend(self) -> None:
        self.shades.tell(self.scene, self._view, self.view.dragged, self._plane)

    def _hover(self, spot: Spot | None) -> None:
        self._hovered = spot
        self._read()

    def _select(self, spot: Spot | None) -> None:
        self._selected = spot
        self.cards.choose(spot.layer if spot else None)
        if spot is not None:
            self.chosen.emit(spot.layer)
        self._read()

    def _read(self) -> None:
        spot = self._hovered or self._selected
        words = (
            self.scene.words(spot) if spot else _("Point at a unit or a link for its exact values; click to keep it.")
        )
        if spot and spot.is_unit and (many := self.view.sharing(spot.layer)) > 1:
            words += "   · " + _("{n} units share a pixel here: zoom in to point at each").format(n=many)
        self.readout.shorter = briefer(words) if spot else (_("Point at a unit or a link for its values."),)
        if self.readout.text() != words:
            self.readout.setText(words)
