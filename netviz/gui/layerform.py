"""All settings of the layer that the user works with, at the head of the forms."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from netviz.document import edits
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Layer, layers
from netviz.gui.elided import ElidedLabel
from netviz.gui.fields import column
from netviz.gui.form import ValueForm, first_line
from netviz.gui.rows import caption
from netviz.i18n import _


class LayerForm(QWidget):
    """The form of one layer, closed until a layer is opened. `edited`: the next experiment, the edit's name, its key."""

    edited = Signal(object, str, str)
    settled = Signal()

    def __init__(self) -> None:
        """Closed."""
        super().__init__()
        self._experiment: Experiment | None = None
        self._place = -1
        self._layer: Layer | None = None
        self.title, self.about = ElidedLabel("plain"), QLabel()
        self.about.setProperty("role", "small")
        self.about.setWordWrap(True)
        self.close_key = QToolButton()
        self.close_key.setText("×")
        self.close_key.setProperty("role", "flat")
        self.close_key.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_key.setToolTip(_("Close the layer's settings"))
        self.close_key.setAccessibleName(self.close_key.toolTip())
        self.close_key.clicked.connect(self.shut)
        self.form: ValueForm | None = None
        head = QHBoxLayout()
        name = caption(_("LAYER"))
        name.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(name)
        head.addWidget(self.title, 1)
        head.addWidget(self.close_key)
        self._lines = column(self, 5)
        self._lines.setContentsMargins(0, 0, 0, 8)
        self._lines.addLayout(head)
        self._lines.addWidget(self.about)
        self.hide()

    @property
    def opened(self) -> bool:
        """Whether a layer's settings are in sight."""
        return self._layer is not None

    def open(self, experiment: Experiment, place: int) -> None:
        """Show the settings of the layer at an index; of the input, which has none, nothing."""
        if not 0 <= place < len(experiment.layers):
            self.shut()
            return
        self._place = place
        self._show(experiment, experiment.layers[place])
        self.show()

    def shut(self) -> None:
        """Show nothing any more."""
        self._place, self._layer = -1, None
        self.hide()

    def show_experiment(self, experiment: Experiment) -> None:
        """Show another experiment: the same layer, wherever it is now."""
        if self._layer is None:
            return
        same = [place for place, layer in enumerate(experiment.layers) if layer is self._layer]
        if same and self._place not in same:
            self._place = same[0]
        if self._place >= len(experiment.layers):
            self.shut()
        else:
            self._show(experiment, experiment.layers[self._place])

    def _show(self, experiment: Experiment, layer: Layer) -> None:
        self._experiment, self._layer = experiment, layer
        title = layers.title(layers.name(type(layer)))
        self.title.setText(f"{layer.name} · {title}" if layer.name else title)
        self.about.setText(first_line(type(layer)))
        if self.form is None:
            self.form = ValueForm(layer)
            self.form.edited.connect(self._change)
            self.form.settled.connect(self.settled)
            self._lines.addWidget(self.form)
        else:
            self.form.show_value(layer)

    def _change(self, layer: Layer, field: str) -> None:
        assert self._experiment is not None
        text = _("Change {field}").format(field=field.replace("_", " "))
        self._layer = layer  # it is found again by this where an undo brings another experiment
        value = edits.replace_layer(self._experiment, self._place, layer)
        self.edited.emit(value, text, f"layers.{self._place}.{field}")
