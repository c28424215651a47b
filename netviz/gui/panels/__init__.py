"""The panels; importing this package registers them all, and with them pyqtgraph, so it happens after the first paint."""

from netviz.gui.panels.curves import CurvesPanel
from netviz.gui.panels.microscope import MicroscopePanel
from netviz.gui.panels.prediction import PredictionPanel
from netviz.gui.panels.weights import WeightsPanel

__all__ = ["CurvesPanel", "MicroscopePanel", "PredictionPanel", "WeightsPanel"]
