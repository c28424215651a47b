"""The data sets to choose from, each with a picture of its own rows, and what the chosen one holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from netviz.datasets import Samples, Toy, datasets
from netviz.gui.fields import column
from netviz.gui.images import image
from netviz.i18n import _, plural
from netviz.pictures.colors import class_color
from netviz.pictures.thumbnails import SIDE, thumbnail

_ACROSS, _NAMED_ACROSS, _SMALL = 4, 2, 16
_FEW = 4


class Gallery(QWidget):
    """Toys as pictures, real data below as names. `chosen` carries the name of a data set."""

    chosen = Signal(str)

    def __init__(self) -> None:
        """Buttons without pictures; `draw` makes those."""
        super().__init__()
        self.buttons: dict[str, QToolButton] = {}
        self._paper: int | None = None  # that the pictures have been drawn on
        toys, named = QGridLayout(), QGridLayout()
        for grid in (toys, named):
            grid.setSpacing(4)
        for name in sorted(datasets, key=lambda name: name == "mapped"):  # one's own files come last
            if name == "arrays":
                continue
            toy = issubclass(datasets[name], Toy)
            grid, across = (toys, _ACROSS) if toy else (named, _NAMED_ACROSS)
            self.buttons[name] = button = self._button(name, toy)
            grid.addWidget(button, grid.count() // across, grid.count() % across)
        for place in range(_ACROSS):
            toys.setColumnStretch(place, 1)
        for place in range(_NAMED_ACROSS):
            named.setColumnStretch(place, 1)
        parts = column(self, 6)
        parts.addLayout(toys)
        parts.addLayout(named)

    def _button(self, name: str, toy: bool) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "thumbnail" if toy else "dataset")
        button.setText(datasets.title(name))
        under, beside = Qt.ToolButtonStyle.ToolButtonTextUnderIcon, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        button.setToolButtonStyle(under if toy else beside)
        side = SIDE if toy else _SMALL
        button.setIconSize(QSize(side, side))
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setFixedHeight(SIDE + 24 if toy else 28)
        button.setToolTip((datasets[name].__doc__ or "").split("\n", 1)[0])
        button.setAccessibleName(datasets.title(name))
        button.clicked.connect(lambda: self.chosen.emit(name))
        return button

    def draw(self) -> None:
        """Draw the pictures, each from its own data, on the theme's paper and as sharp as the screen."""
        ratio = self.devicePixelRatioF()
        self._paper = paper = self.palette().color(QPalette.ColorRole.Base).rgb()
        for name, button in self.buttons.items():
            made: Any = datasets[name]
            side = round(button.iconSize().width() * ratio)
            picture = QPixmap.fromImage(image(thumbnail(made(), side, paper)))
            picture.setDevicePixelRatio(ratio)
            button.setIcon(QIcon(picture))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        paper = self.palette().color(QPalette.ColorRole.Base).rgb()
        if event.type() == QEvent.Type.PaletteChange and self._paper not in (None, paper):
            self.draw()

    def show_choice(self, name: str) -> None:
        """Show which one is chosen."""
        for other, button in self.buttons.items():
            button.setChecked(other == name)


class Balance(QWidget):
    """A bar that shows how many rows each class has."""

    def __init__(self) -> None:
        """No classes yet."""
        super().__init__()
        self._counts: list[int] = []
        self.setFixedHeight(8)

    def show_counts(self, counts: list[int]) -> None:
        """Show that many rows for each class."""
        self._counts = counts
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        total = sum(self._counts)
        if not total:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(shape)
        left = 0.0
        for label, count in enumerate(self._counts):
            wide = count / total * self.width()
            painter.fillRect(QRectF(left, 0, wide, self.height()), QColor(*class_color(label)))
            left += wide
        painter.end()


class Summary(QWidget):
    """What the data is: how many rows, features and classes, and how the classes are balanced."""

    def __init__(self) -> None:
        """Nothing to say yet."""
        super().__init__()
        self.size_line, self.rows_line = _quiet(), _quiet()
        self.balance = Balance()
        parts = column(self, 4)
        parts.addWidget(self.size_line)
        parts.addWidget(self.balance)
        parts.addWidget(self.rows_line)

    def show_samples(self, samples: Samples) -> None:
        """Say what samples are."""
        trained, held = len(samples.x), len(samples.validation_x)
        shape = "×".join(map(str, samples.row_shape))
        parts = [plural("{n:,} row", "{n:,} rows", trained + held), shape if "×" in shape else _("{n} features").format(n=shape)]
        if samples.classes:
            parts.append(_("{n} classes").format(n=len(samples.classes)))
        self.size_line.setText(" · ".join(parts))
        self.size_line.setToolTip(_("{n:,} training, {m:,} validation rows").format(n=trained, m=held))
        self.balance.setVisible(bool(samples.classes))
        if samples.classes:
            self._show_classes(samples)
        else:
            targets = samples.in_units(samples.y)
            low, high = float(targets.min()), float(targets.max())
            name = samples.targets[0] if samples.targets else "y"
            ends = {"low": f"{low:.3g}".replace("-", "−"), "high": f"{high:.3g}".replace("-", "−")}
            self.rows_line.setText(_("{name} from {low} to {high}").format(name=name, **ends))

    def _show_classes(self, samples: Samples) -> None:
        labels = np.concatenate([samples.y, samples.validation_y])
        labels = labels if labels.ndim == 1 else labels.argmax(-1)
        counts = np.bincount(labels.astype(np.int64), minlength=len(samples.classes)).tolist()
        self.balance.show_counts(counts)
        names = [f"{name} {count}" for name, count in zip(samples.classes, counts, strict=False)]
        if len(counts) <= _FEW:
            text = " : ".join(map(str, counts))
        elif min(counts) == max(counts):
            text = _("{n} rows each").format(n=counts[0])
        else:
            text = _("{low}–{high} rows each").format(low=min(counts), high=max(counts))
        self.rows_line.setText(_("class balance {counts}").format(counts=text))
        for part in (self.balance, self.rows_line):
            part.setToolTip("\n".join(names))


def _quiet() -> QLabel:
    label = QLabel()
    label.setProperty("role", "small")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label
