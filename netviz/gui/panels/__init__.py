"""The panels; importing this package registers them all, and with them pyqtgraph, so it happens after the first paint."""

from netviz.gui.panels.anatomy import AnatomyPanel
from netviz.gui.panels.branches import BranchesPanel
from netviz.gui.panels.curves import CurvesPanel
from netviz.gui.panels.microscope import MicroscopePanel
from netviz.gui.panels.numbers import NumbersPanel
from netviz.gui.panels.prediction import PredictionPanel
from netviz.gui.panels.surgery import SurgeryPanel
from netviz.gui.panels.trust import TrustPanel
from netviz.gui.panels.weights import WeightsPanel
from netviz.gui.panels.worth import WorthPanel

__all__ = [
    "AnatomyPanel", "BranchesPanel", "CurvesPanel", "MicroscopePanel", "NumbersPanel", "PredictionPanel", "SurgeryPanel",
    "TrustPanel", "WeightsPanel", "WorthPanel",
]  # fmt: skip
