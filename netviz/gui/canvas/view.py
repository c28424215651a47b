"""The view onto the scene: zoom by wheel and keys, pan by dragging, fit; and the legend, which is always there."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsView

from netviz.gui.canvas.scene import MODES, NetworkScene
from netviz.gui.images import color
from netviz.i18n import _
from netviz.pictures.colors import TABLE, short

_STEP = 1.2
_SMALLEST, _LARGEST = 0.1, 8.0
_ROOMIEST = 2.0  # a small network is not blown up further
_READABLE, _COMFORTABLE = 0.5, 0.85  # a network that would have to be smaller is drawn so, and dragged
_MARGIN = 50  # kept free for the legend
_EDGE = 10  # and around the drawing
_REST_MS = 80


class NetworkView(QGraphicsView):
    """Shows the network whole until somebody zooms or drags."""

    def __init__(self, scene: NetworkScene) -> None:
        """A view that fits its scene."""
        super().__init__(scene)
        self.network = scene
        self._fitted, self._whole = True, False
        self._pressed: QPoint | None = None
        self._legend = "weights"
        self._laid_out = QTimer(self)  # the drawing follows when the window's edge has come to rest
        self._laid_out.setSingleShot(True)
        self._laid_out.setInterval(_REST_MS)
        self._laid_out.timeout.connect(self._lay_out)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(_("Drawing of the network"))
        scene.reached.connect(self._follow)

    def present(self) -> None:
        """Show as much of the network as can be read: a long one from its beginning, the rest by dragging."""
        self._show(whole=False)

    def fit(self) -> None:
        """Show the whole network, however small."""
        self._show(whole=True)

    def _show(self, whole: bool) -> None:
        self._fitted, self._whole = True, whole
        rect = self.network.sceneRect()
        space = self.viewport().rect().adjusted(_EDGE, _EDGE, -_EDGE, -_MARGIN)
        if rect.isEmpty() or space.width() < 20 or space.height() < 20:
            return
        across, down = space.width() / rect.width(), space.height() / rect.height()
        scale = min(across, down, _ROOMIEST)
        if not whole and across < min(_READABLE, down):
            scale = min(down, _COMFORTABLE)
        legend, edge = _MARGIN / scale, _EDGE / scale
        self.setSceneRect(self._filled(rect.adjusted(-edge, -edge, edge, legend), scale))
        self.resetTransform()
        self.scale(scale, scale)
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().minimum())
        self.verticalScrollBar().setValue(self.verticalScrollBar().minimum())

    def _filled(self, rect: QRectF, scale: float) -> QRectF:
        """A rectangle grown evenly to the size of the viewport, where it is smaller."""
        more = [max(0.0, (self.viewport().width() / scale - rect.width()) / 2),
                max(0.0, (self.viewport().height() / scale - rect.height()) / 2)]  # fmt: skip
        return rect.adjusted(-more[0], -more[1], *more)

    def _follow(self, rect: QRectF) -> None:
        """Bring what the keyboard has come to into sight."""
        self.ensureVisible(rect, _EDGE, _EDGE)

    def _lay_out(self) -> None:
        if self._fitted and self.network.lay_out(self.space):
            self._again()

    def _again(self) -> None:
        self._show(self._whole)

    @property
    def space(self) -> tuple[float, float]:
        """Width and height that the drawing has, above the legend."""
        size = self.viewport().size()
        return max(200.0, size.width() - 2.0 * _EDGE), max(100.0, size.height() - _MARGIN - _EDGE)

    def zoom(self, factor: float) -> None:
        """Enlarge by a factor, within limits."""
        target = min(max(self.transform().m11() * factor, _SMALLEST), _LARGEST)
        self._fitted = False
        self.scale(target / self.transform().m11(), target / self.transform().m11())

    def sharing(self, layer: int) -> int:
        """How many units of a layer are painted on one and the same pixel, 1 where each has its own."""
        if self.network.diagram is None:
            return 1
        pixels = self.transform().m11() * self.devicePixelRatioF()
        sides: list[float] = (pixels * self.network.diagram.column(layer).rects[0, 2:]).tolist()
        return math.prod(math.ceil(1 / min(side, 1.0)) for side in sides)

    def show_legend(self, mode: str) -> None:
        """Which numbers the legend speaks of."""
        self._legend = mode
        self.viewport().update()

    # -------------------------------------------------------------------------------------------- what Qt calls

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self._laid_out.start()
            self._again()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar, delta = self.horizontalScrollBar(), event.angleDelta()
            bar.setValue(bar.value() - (delta.x() or delta.y()))
        else:
            self.zoom(_STEP ** (event.angleDelta().y() / 120))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() in ("+", "="):
            self.zoom(_STEP)
        elif event.text() == "-":
            self.zoom(1 / _STEP)
        elif event.text() == "0":
            self.fit()
        elif event.key() == Qt.Key.Key_Escape:
            self.network.select(None)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._fitted = False
        else:
            self.network.hover(self.mapToScene(event.position().toPoint()))
            self.viewport().setCursor(Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        at = event.position().toPoint()
        if self._pressed is not None and (at - self._pressed).manhattanLength() < 4 and not self._over_widget(at):
            self.network.select(self.network.spot_at(self.mapToScene(at)))
        self._pressed = None

    def _over_widget(self, at: QPoint) -> bool:
        """Whether a card or a button is under a point of the viewport."""
        item = self.itemAt(at)
        return item is not None and item.isWidget()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.network.hover(None)

    def drawForeground(self, painter: QPainter, rect: object) -> None:
        painter.save()
        painter.resetTransform()
        self._paint_legend(painter)
        painter.restore()

    def _paint_legend(self, painter: QPainter) -> None:
        theme, at_most = self.network.theme, self.network.at_most
        bar = QRect(16, self.viewport().height() - 36, 150, 10)
        gradient = QLinearGradient(bar.left(), 0, bar.right(), 0)
        for place in range(0, 257, 16):
            gradient.setColorAt(place / 256, color(int(TABLE[min(place, 255)])))
        painter.fillRect(bar, gradient)
        painter.setPen(theme.color("line"))
        painter.drawRect(bar)
        painter.setPen(theme.color("quiet"))
        below = bar.adjusted(0, 13, 1, 20)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, short(-at_most))
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, short(at_most))
        left = bar.right() + 22
        room = self.viewport().width() - left - _EDGE
        for line, baseline in zip(self.legend(), (bar.bottom(), bar.bottom() + 16), strict=True):
            line = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, room)
            painter.drawText(left, baseline, line)

    def legend(self) -> tuple[str, str]:
        """What the drawing means, in two lines."""
        what = _(MODES.get(self._legend, ""))  # type: ignore[call-overload]
        first = _("{what}: width = size, dashed = negative").format(what=what)
        second = _("limits = 95th percentile")
        if (left_out := self.network.left_out()) is not None:
            second = _("strongest {n:,} of {m:,} links").format(n=left_out[0], m=left_out[1]) + " · " + second
        if self.network.crowded():
            first += ", " + _("faint = small")
        if self.horizontalScrollBar().maximum() > self.horizontalScrollBar().minimum():
            first += " · " + _("drag to see the rest")
        return first, second
