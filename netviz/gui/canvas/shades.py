"""What links and units show: buttons above the drawing, and below it the legend, the units' mode and the lock."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QToolButton, QWidget

from netviz.document.view import Links, View
from netviz.gui.canvas.legend import Legend
from netviz.gui.canvas.scene import NetworkScene
from netviz.gui.elided import ElidedComboBox
from netviz.gui.theme import Theme
from netviz.i18n import _
from netviz.pictures import encodings
from netviz.pictures.colors import short

_NARROW = 620


class LinkModes(QWidget):
    """A button for each mode of the links. `wanted` carries fields of the View that shall be others."""

    wanted = Signal(object)

    def __init__(self) -> None:
        """Weights are shown first."""
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.buttons: dict[Links, QToolButton] = {}
        group = QButtonGroup(self)
        for mode, title in encodings.LINKS.items():
            button = QToolButton()
            button.setText(_(title))
            button.setCheckable(True)
            button.setProperty("role", "mode")
            button.setChecked(mode == "weights")
            button.setToolTip(_("Links show {what}").format(what=encodings.meaning(mode)))
            button.setAccessibleName(_("Links show {what}").format(what=_(title).lower()))
            button.clicked.connect(lambda _on=False, mode=mode: self.wanted.emit({"colors": mode}))
            group.addButton(button)
            row.addWidget(button)
            self.buttons[mode] = button


class ShadeRow(QWidget):
    """The legend, and beside it what the units show, whether the scale is locked and whether phases are followed."""

    wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        """A legend of nothing."""
        super().__init__()
        self.legend = Legend(theme)
        self.units = ElidedComboBox()
        for mode, title in encodings.UNITS.items():
            self.units.addItem(_(title), mode)
        self.units.setFixedWidth(98)
        self.units.setAccessibleName(_("Units show"))
        self.units.setToolTip(_("What the units show: the function they have learnt, their value, δ, or their gradient"))
        self.units.activated.connect(lambda _place: self.wanted.emit({"units": self.units.currentData()}))
        self.lock = self._button(_("Lock"), _("Lock the scale, to compare moments"), "locked")
        self.follow = self._button(_("Follow"), _("While stepping by phase show what each phase has just computed"), "follow")
        self.more = QToolButton()
        self.more.setText(_("Show"))
        self.more.setProperty("role", "step")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolTip(_("What the units show; lock the scale; follow the phases"))
        self.more.setAccessibleName(self.more.toolTip())
        self.more.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(4)
        row.addWidget(self.legend, 1)
        for widget in (self.units, self.lock, self.follow, self.more):
            row.addWidget(widget)

    def offer(self, menu: QMenu) -> None:
        """A menu with all of it, for where there is no room for the buttons."""
        self.more.setMenu(menu)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < _NARROW and self.more.menu() is not None
        self.more.setVisible(narrow)
        for widget in (self.units, self.lock, self.follow):
            widget.setVisible(not narrow)

    def _button(self, text: str, tip: str, field: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setProperty("role", "mode")
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda on: self.wanted.emit({field: bool(on)}))
        return button

    def tell(self, scene: NetworkScene, view: View, dragged: bool, plane: str) -> None:
        """What the drawing means now."""
        self.units.setCurrentIndex(self.units.findData(view.units))
        self.lock.setChecked(view.locked)
        self.follow.setChecked(view.follow)
        self.legend.show_scale(scene.shown.ends, lines(scene, view, dragged, plane))


def lines(scene: NetworkScene, view: View, dragged: bool, plane: str) -> tuple[str, str]:
    """What the drawing means, in two lines of parts, the weightiest first: the links and the units."""
    shown = scene.shown
    first = [_("width = size"), _("dashed = negative")]
    if shown.mode == "ratio":
        first = [_("log₁₀ |Δw|/|w|"), _("blue = more than 10⁻³"), _("dashed = less")]
    elif shown.mode == "flow":
        first = [_("flow a·w"), *first]
    if scene.crowded():
        first.append(_("faint = small"))
    if (left_out := scene.left_out()) is not None:
        first.append(_("strongest {n:,} of {m:,} links").format(n=left_out[0], m=left_out[1]))
    if shown.mode != "ratio":
        first.append(_("limits locked") if view.locked else _("limits = 95th percentile"))
    drawn = scene.diagram.columns[1:] if scene.diagram is not None else ()
    plane = plane if any(column.kind == "tiles" for column in drawn) else ""
    second = encodings.meaning_of_units(view.units, scene.light, plane).split(" · ")
    if dragged:
        second.insert(0, _("drag to see the rest"))
    if "scales" in scene.others:
        second.insert(0, _("scales γ: full colour at {limit}").format(limit=short(shown.scales_at_most)))
    if "kernels" in scene.others:
        second.append(_("kernels: outputs down, inputs across"))
    return " · ".join(first), " · ".join(second)
