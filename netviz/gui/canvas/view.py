"""The view onto the scene: zoom by wheel and keys, pan by dragging, fit."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView

from netviz.gui.canvas.scene import NetworkScene
from netviz.i18n import _

_STEP = 1.2
_SMALLEST, _LARGEST = 0.1, 8.0
_READABLE, _COMFORTABLE = 0.7, 0.9  # a network that would have to be smaller is drawn so, and dragged
_EDGE = 12  # kept free at both sides of the drawing
_FADE = 34  # width of what says that there is more
_REST_MS = 80


class NetworkView(QGraphicsView):
    """Shows the network whole until somebody zooms or drags."""

    moved = Signal()  # another part of the scene, or at another scale
    menu_wanted = Signal(object, object)  # the spot under the mouse, and where on the screen

    def __init__(self, scene: NetworkScene) -> None:
        """A view that fits its scene."""
        super().__init__(scene)
        self.network = scene
        self._fitted, self._whole = True, False
        self._pressed: QPoint | None = None
        self._laid_out = QTimer(self)  # the drawing follows when the window's edge has come to rest
        self._laid_out.setSingleShot(True)
        self._laid_out.setInterval(_REST_MS)
        self._laid_out.timeout.connect(self._lay_out)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAcceptDrops(False)  # files are dropped on the window; a scene would take the drag and drop nothing
        self.setMouseTracking(True)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(_("Drawing of the network"))

    def present(self) -> None:
        """Show as much of the network as can be read: a long one from its beginning, the rest by dragging."""
        self._show(whole=False)

    def fit(self) -> None:
        """Show the whole network, however small."""
        self._show(whole=True)

    def _show(self, whole: bool) -> None:
        self._fitted, self._whole = True, whole
        rect = self.network.sceneRect()
        size = self.viewport().size()
        if rect.isEmpty() or size.width() < 20 or size.height() < 20:
            return
        across, down = (size.width() - 2 * _EDGE) / rect.width(), size.height() / rect.height()
        scale = min(across, down, 1.0)
        if not whole and across < min(_READABLE, down):
            scale = min(down, _COMFORTABLE)
        edge = _EDGE / scale
        self.setSceneRect(self._filled(rect.adjusted(-edge, 0, edge, 0), scale))
        self.resetTransform()
        self.scale(scale, scale)
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().minimum())
        self.verticalScrollBar().setValue(self.verticalScrollBar().minimum())
        self.moved.emit()

    def _filled(self, rect: QRectF, scale: float) -> QRectF:
        """A rectangle grown evenly to the size of the viewport, where it is smaller."""
        more = [max(0.0, (self.viewport().width() / scale - rect.width()) / 2),
                max(0.0, (self.viewport().height() / scale - rect.height()) / 2)]  # fmt: skip
        return rect.adjusted(-more[0], -more[1], *more)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Where the drawing goes on beyond an edge it fades there, with an arrow to it."""
        bar = self.horizontalScrollBar()
        painter.save()
        painter.resetTransform()
        if bar.value() > bar.minimum():
            self._fade(painter, 0, "‹")
        if bar.value() < bar.maximum():
            self._fade(painter, self.viewport().width() - _FADE, "›")
        painter.restore()

    def _fade(self, painter: QPainter, x: int, sign: str) -> None:
        room = QRectF(x, 0, _FADE, self.viewport().height())
        ground = QColor(self.backgroundBrush().color())
        fade = QLinearGradient(room.topLeft(), room.topRight())
        for place, alpha in ((0.0, 255), (0.35, 225), (1.0, 0)):
            ground.setAlpha(alpha)
            fade.setColorAt(place if sign == "‹" else 1 - place, ground)
        painter.fillRect(room, fade)
        font = QFont(self.font())
        font.setPixelSize(2 * _EDGE)
        painter.setFont(font)
        painter.setPen(self.network.theme.color("accent"))
        side = Qt.AlignmentFlag.AlignLeft if sign == "‹" else Qt.AlignmentFlag.AlignRight
        painter.drawText(room.adjusted(4, 0, -4, 0), side | Qt.AlignmentFlag.AlignVCenter, sign)

    def bring(self, layer: int) -> None:
        """Bring the column of a layer into sight, which the keyboard has come to."""
        if self.network.diagram is not None and self.dragged:
            column = self.network.diagram.column(layer)
            x, width = column.bounds[0], column.bounds[2]
            middle = self.mapToScene(self.viewport().rect().center()).y()
            self.ensureVisible(QRectF(x - 60, middle, width + 120, 1), _EDGE, 0)

    @property
    def dragged(self) -> bool:
        """Whether only a part of the network is in sight, and the rest by dragging."""
        return self.horizontalScrollBar().maximum() > self.horizontalScrollBar().minimum()

    def pixel(self, x: float) -> float:
        """Where on the screen an x of the scene is."""
        return self.viewportTransform().map(QPointF(x, 0.0)).x()

    def _lay_out(self) -> None:
        if self._fitted and self.network.lay_out(self.space):
            self._again()

    def settle(self) -> None:
        """Lay the drawing out now, if it is about to be."""
        if self._laid_out.isActive():
            self._laid_out.stop()
            self._lay_out()

    def _again(self) -> None:
        self._show(self._whole)

    @property
    def space(self) -> tuple[float, float]:
        """Width and height that the drawing has."""
        size = self.viewport().size()
        return max(200.0, size.width() - 2.0 * _EDGE), max(80.0, float(size.height()))

    def zoom(self, factor: float) -> None:
        """Enlarge by a factor, within limits."""
        target = min(max(self.transform().m11() * factor, _SMALLEST), _LARGEST)
        self._fitted = False
        self.scale(target / self.transform().m11(), target / self.transform().m11())
        self.moved.emit()

    def sharing(self, layer: int) -> int:
        """How many units of a layer are painted on one and the same pixel, 1 where each has its own."""
        if self.network.diagram is None:
            return 1
        pixels = self.transform().m11() * self.devicePixelRatioF()
        sides = self.network.diagram.column(layer).rect_of(0)[2:]
        return math.prod(math.ceil(1 / min(pixels * side, 1.0)) for side in sides)

    # -------------------------------------------------------------------------------------------- what Qt calls

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self._laid_out.start()
            self._again()
        self.moved.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.moved.emit()

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
        if self._pressed is not None and (at - self._pressed).manhattanLength() < 4:
            self._click(at)
        self._pressed = None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(self.network.spot_at(self.mapToScene(event.pos())), event.globalPos())
        event.accept()

    def _click(self, at: QPoint) -> None:
        """A data point chooses its row, all else is selected."""
        point = self.mapToScene(at)
        row = self.network.row_at(point)
        if row is not None:
            self.network.row_picked.emit(row)
        else:
            self.network.select(self.network.spot_at(point))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        spot = self.network.spot_at(self.mapToScene(at))
        if spot is not None:
            self.network.edit_wanted.emit(spot, at)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.network.hover(None)
