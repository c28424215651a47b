"""The one thread beside the window's: training goes on here, and only frozen values pass in and out."""

from netviz.runtime.commands import Fault, Report, Status
from netviz.runtime.trainer import Trainer

__all__ = ["Fault", "Report", "Status", "Trainer"]
