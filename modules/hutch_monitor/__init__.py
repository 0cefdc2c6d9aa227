"""The monitor: what operators see of an app, behind a login."""

from hutch_monitor.module import monitor_module
from hutch_monitor.settings import MonitorSettings

__all__ = ["MonitorSettings", "monitor_module"]
