"""Where things stand around the network: the docks, the panels in them, and the layout that is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QMenu, QScrollArea, QTabBar, QTabWidget, QWidget

from netviz.gui.theme import Theme
from netviz.i18n import _

if TYPE_CHECKING:
    from netviz.gui.panel import Panel

_AREAS = {
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "lower right": Qt.DockWidgetArea.RightDockWidgetArea,
}
_LEFT, _RIGHT, _HIGH = 262, 346, 200
_CAPTION = 84  # below a picture, and the tabs above it
_TALL = 135  # a panel that needs more height than that is scrolled, lest it push the network out of a low window
_LOW, _LEAST = 820, 176  # a window of less height has nothing below the network; the least height of what stands there
_SLIM = 1400
# Places that are others in a low window, of all panels or of one.
_IN_LOW = {"bottom": "lower right", "weights": "right", "worth": "right"}


class Arrangement:
    """The docks of a window by name; `changed` is called when one is shown or hidden."""

    def __init__(self, window: QMainWindow, menu: QMenu, changed: Callable[[], None]) -> None:
        """No docks yet; each gets an entry in the menu."""
        self._window, self._menu, self._changed = window, menu, changed
        self.docks: dict[str, QDockWidget] = {}
        self.panels: dict[str, Panel] = {}
        self._seen: set[str] = set()
        self._dressing = QTimer(window)  # once Qt has made or dropped the tabs that a change asks for
        self._dressing.setSingleShot(True)
        self._dressing.timeout.connect(self._dress)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AnimatedDocks)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)

    def add(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea, short: str = "") -> QDockWidget:
        """A dock with a widget in it; its tab has the short title, the menu the whole."""
        dock = QDockWidget(short or title, self._window)
        dock.setObjectName(name)
        dock.setWidget(widget)
        self._window.addDockWidget(area, dock)
        dock.toggleViewAction().setText(title)
        if not self.docks:
            self._menu.addSeparator()
        self._menu.addAction(dock.toggleViewAction())
        dock.toggleViewAction().triggered.connect(lambda shown: dock.raise_() if shown else None)
        dock.visibilityChanged.connect(partial(self._see, name))
        dock.topLevelChanged.connect(lambda _floats: self._dressing.start())
        dock.dockLocationChanged.connect(lambda _area: self._dressing.start())
        self.docks[name] = dock
        return dock

    def add_panels(self, look: Theme, layout: QByteArray | None) -> None:
        """A dock for every panel there is, side by side as they were left, or one behind the other."""
        from netviz.gui import panels as _registered  # noqa: F401
        from netviz.gui.panel import panels

        low = self._window.height() < _LOW
        first: dict[str, QDockWidget] = {}
        behind: list[tuple[QDockWidget, QDockWidget]] = []
        for name in sorted(panels, key=lambda name: (low and name in _IN_LOW, panels[name].rank)):
            panel = self.panels[name] = panels[name](look)
            place = _IN_LOW.get(name, _IN_LOW.get(panel.place, panel.place)) if low else panel.place
            dock = self.add(name, panels.title(name), _housed(panel), _AREAS[place], _(panel.short))
            if place in first:
                behind.append((first[place], dock))
            first.setdefault(place, dock)
        if "lower right" in first and "right" in first:
            self._window.splitDockWidget(first["right"], first["lower right"], Qt.Orientation.Vertical)
        for front, dock in behind:  # only now: what is split off from one of several goes behind it
            self._window.tabifyDockWidget(front, dock)
        for dock in first.values():
            dock.raise_()
        if layout is not None and self._window.restoreState(layout):
            return
        width, height = self._window.width(), self._window.height()
        right, high = min(max(_RIGHT, width // 5), width * 32 // 100), max(_HIGH, height * 22 // 100)
        self._window.resizeDocks([self.docks["settings"], first["right"]], [_LEFT, right], Qt.Orientation.Horizontal)
        if "bottom" in first:
            self._window.resizeDocks([first["bottom"]], [high], Qt.Orientation.Vertical)
        if "lower right" in first:
            least = _LEAST if low else _HIGH
            QTimer.singleShot(0, self._window, partial(self._share_right, first["right"], first["lower right"], least))

    def _share_right(self, upper: QDockWidget, lower: QDockWidget, least: int) -> None:
        """A square picture with its caption above, the rest below; only once the columns have their widths."""
        above = upper.width() + _CAPTION
        rest = max(least, upper.height() + lower.height() - above)
        self._window.resizeDocks([upper, lower], [above, rest], Qt.Orientation.Vertical)

    def wear(self, look: Theme) -> None:
        """Another theme: panels are made anew, in the docks that are there, and look at what the old ones did."""
        for name, old in list(self.panels.items()):
            new = type(old)(look)
            new.take_over(old)
            house = self.docks[name].widget()
            self.docks[name].setWidget(_housed(new))
            self.panels[name] = new
            house.deleteLater()

    def _see(self, name: str, seen: bool) -> None:
        """A dock behind another counts as visible to Qt, so it is its own word that is taken."""
        (self._seen.add if seen else self._seen.discard)(name)
        self._dressing.start()
        self._changed()

    def _dress(self) -> None:
        """The tabs that Qt makes and drops as it needs them get names; a dock with a tab needs no title besides."""
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setAccessibleName(_("Panels in this place"))
            bar.setToolTip(bar.accessibleName())
            bar.setElideMode(Qt.TextElideMode.ElideNone)  # arrows at the end say more than dots in every tab
            bar.setUsesScrollButtons(True)
            bar.setDrawBase(False)
            self._slim(bar)
        for dock in self.docks.values():
            tabbed = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            bare = dock.titleBarWidget() is not None
            if tabbed and not bare:
                dock.setTitleBarWidget(QWidget(dock))
            elif bare and not tabbed:
                dock.titleBarWidget().deleteLater()
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]

    def _slim(self, bar: QTabBar) -> None:
        """Smaller tabs in a window that is not wide."""
        slim = self._window.width() < _SLIM
        if bar.property("slim") != slim:
            bar.setProperty("slim", slim)
            bar.style().unpolish(bar)
            bar.style().polish(bar)
            QApplication.sendEvent(bar, QEvent(QEvent.Type.StyleChange))  # else its tabs keep their widths

    def seen(self) -> list[str]:
        """The names of the panels that somebody can see."""
        return [name for name in self.panels if name in self._seen]

    def visible(self) -> Iterator[Panel]:
        """The panels that somebody can see."""
        yield from (self.panels[name] for name in self.seen())

    def reveal(self, name: str) -> None:
        """Show a dock in front of those that share its place."""
        self.docks[name].show()
        self.docks[name].raise_()


def _housed(panel: Panel) -> QWidget:
    """What stands in the dock: the panel, or a view onto one that needs much height."""
    if panel.minimumSizeHint().height() <= _TALL and not panel.scrolled:
        return panel
    house = QScrollArea()
    house.setFrameShape(QScrollArea.Shape.NoFrame)
    house.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    house.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    house.setMinimumWidth(panel.minimumSizeHint().width())
    house.setWidgetResizable(True)
    house.setWidget(panel)
    return house
