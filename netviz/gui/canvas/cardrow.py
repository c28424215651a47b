"""The row of cards above the drawing. It stays in sight, at its own size, however the drawing is zoomed and dragged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from netviz.engine.experiment import Experiment
from netviz.gui.canvas.card import LayerCard
from netviz.gui.canvas.insertion import Insertion
from netviz.gui.theme import Theme
from netviz.pictures.diagram import Diagram
from netviz.pictures.sketch import Drawable

_LOW, _HIGH = 42, 58  # of a card with two lines, and with three
_BETWEEN = 4  # a card and the next thing beside it
_SLIMMEST = 14
_ROOMY, _TIGHT = 104, 44  # from column to column: for buttons between the cards, for small ones on their corners, for none
_SEAM = 5  # how far such a button's middle is above the lower edge of the cards


class CardRow(QWidget):
    """A card for each column, and between them the places where a layer can be inserted."""

    edited = Signal(object, str)
    inserted = Signal(int)  # a place for a dense layer
    wanted = Signal(object, str)  # the button at a place for any layer, and what has been typed
    chosen = Signal(int)
    settings_wanted = Signal(int)
    numbers_wanted = Signal(int, str)
    focused = Signal(int)  # the layer whose card, or whose gap before it, the keyboard has come to

    def __init__(self, theme: Theme) -> None:
        """No cards yet."""
        super().__init__()
        self.theme = theme
        self.cards: list[LayerCard] = []
        self.insertions: list[Insertion] = []
        self._problem: int | None = None
        self._chosen: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.show_low(False)

    def show_low(self, low: bool) -> None:
        """With two lines in each card where there is little height, else with three."""
        height = (_LOW if low else _HIGH) + 6
        if height != self.height() or height != self.minimumHeight():
            self.setFixedHeight(height)

    def show_network(self, experiment: Experiment, network: Drawable) -> None:
        """Cards for these layers, each where `place` will put it. The keyboard stays at the card it is at."""
        focus = self._focus()
        self.empty()
        for layer in range(-1, len(network.layers)):
            if layer >= 0:
                self.insertions.append(self._insertion(layer))
            card = LayerCard(self, experiment, network, layer, self.theme)
            card.edited.connect(self.edited)
            card.chosen.connect(self.chosen)
            card.focused.connect(self.focused)
            card.settings_wanted.connect(self.settings_wanted)
            card.numbers_wanted.connect(self.numbers_wanted)
            self.cards.append(card)
        if not network.layers:
            self.insertions.append(self._insertion(0))
        self._mark()
        self._refocus(*focus)

    def _insertion(self, place: int) -> Insertion:
        button = Insertion(self, place)
        button.quick.connect(lambda: self.inserted.emit(place))
        button.wanted.connect(lambda letters: self.wanted.emit(button, letters))
        button.focused.connect(self.focused)
        return button

    def empty(self) -> None:
        """No cards."""
        for widget in (*self.cards, *self.insertions):
            widget.hide()
            widget.deleteLater()  # one of them may be the one that was clicked
        self.cards, self.insertions = [], []

    def _focus(self) -> tuple[int, str]:
        """The card that has the keyboard, and the name of what has it there."""
        for card in self.cards:
            inner = card.focusWidget() if card.isAncestorOf(self.focusWidget() or card) else None
            if card.hasFocus() or inner is not None and inner.hasFocus():
                return card.layer, (inner or card).accessibleName()
        return -1, ""

    def _refocus(self, layer: int, name: str) -> None:
        if 0 <= layer < len(self.cards) - 1:
            card = self.cards[layer + 1]
            keys = [key for key in card.findChildren(QWidget) if key.accessibleName() == name]
            (keys[0] if keys and keys[0].isEnabled() else card).setFocus()

    def place(self, drawn: Diagram, to_pixels: Callable[[float], float]) -> None:
        """Put every card above its column: `to_pixels` says where on the screen an x of the drawing is."""
        if len(drawn.columns) != len(self.cards):
            return
        centers = [to_pixels(column.center) for column in drawn.columns]
        gaps = [to_pixels(x) for x in drawn.insertions]
        pitch = min((b - a for a, b in zip(centers, centers[1:], strict=False)), default=_ROOMY)
        roomy = pitch >= _ROOMY
        for button, x in zip(self.insertions, gaps, strict=True):
            button.fit(x, slim=not roomy, middle=self.height() // 2 - 1 if roomy else self.height() - 4 - _SEAM)
            button.setVisible(pitch >= _TIGHT)
            button.raise_()
        half = self.insertions[0].width() / 2 if roomy and self.insertions else 0.0
        between = _BETWEEN if roomy else _BETWEEN / 2
        for place, (card, center) in enumerate(zip(self.cards, centers, strict=True)):
            rooms = _rooms(place, center, gaps, half, self.width())
            width = max(_SLIMMEST, min(card.widest, *(round(2 * (room - between)) for room in rooms)))
            card.fit(center, width, self.height() - 6)
            card.show()

    # --------------------------------------------------------------------------------------------------- marks

    def show_problem(self, layer: int | None) -> None:
        """Mark the card of the layer that a problem concerns."""
        self._problem = layer
        self._mark()

    def choose(self, layer: int | None) -> None:
        """Mark the card of a layer that the user works with."""
        self._chosen = layer
        self._mark()

    def _mark(self) -> None:
        for card in self.cards:
            _set(card, "problem", card.layer == self._problem)
            _set(card, "chosen", card.layer == self._chosen)


def _rooms(place: int, center: float, gaps: Sequence[float], half: float, edge: float) -> list[float]:
    """How far it is from a card's centre to what stands beside it, at both sides; to the edge at both ends, if in sight."""
    left = center - gaps[place - 1] - half if place else max(center, 2 * _SLIMMEST)
    right = gaps[place] - half - center if place < len(gaps) else max(edge - center, 2 * _SLIMMEST)
    return [left, right]


def _set(card: LayerCard, name: str, value: bool) -> None:
    """Give a card a property that the style sheet looks at."""
    if bool(card.property(name)) != value:
        card.setProperty(name, value)
        card.style().unpolish(card)
        card.style().polish(card)
