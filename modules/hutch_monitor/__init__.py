"""The monitor: what operators see of an app, behind a login."""

from hutch_monitor.module import monitor_module
from hutch_monitor.settings import MonitorSettings
from hutch_monitor.shown import ShownQueues

__all__ = ["MonitorSettings", "ShownQueues", "monitor_module"]
