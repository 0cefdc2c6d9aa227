"""The monitor: what operators see of an app, behind a login."""

from hutch_monitor.cookie import LoginCookie
from hutch_monitor.guard import RequireOperator, RequireViewer
from hutch_monitor.module import monitor_module, operators_module
from hutch_monitor.port import Access, Operator, Operators
from hutch_monitor.settings import MonitorSettings

__all__ = [
    "Access",
    "LoginCookie",
    "MonitorSettings",
    "Operator",
    "Operators",
    "RequireOperator",
    "RequireViewer",
    "monitor_module",
    "operators_module",
]
