"""The modules: who operates the app, and the pages for them."""

from __future__ import annotations

from functools import cache

from starlette.types import ASGIApp

from hutch.binding import bind
from hutch.contributions import Mount
from hutch.module import Module
from hutch_monitor.cookie import LoginCookie
from hutch_monitor.health import HealthPage
from hutch_monitor.login import Login
from hutch_monitor.metrics import MetricsText
from hutch_monitor.pages import Pages
from hutch_monitor.paths import Paths
from hutch_monitor.port import Operators
from hutch_monitor.saq_api import SaqApi
from hutch_monitor.saq_page import SaqFiles
from hutch_monitor.saq_site import SaqSite
from hutch_monitor.settings import MonitorSettings
from hutch_monitor.site import Site
from hutch_monitor.tokens import TokenOperators
from hutch_queue import core_module


@cache
def operators_module() -> Module:
    """Return the module that knows the operators, for ``@guard(RequireOperator)``."""
    return Module(
        "operators",
        providers=[MonitorSettings, LoginCookie, bind(Operators).to(TokenOperators)],
        exports=[Operators, MonitorSettings, LoginCookie],
    )


def monitor_module(path: str = "/monitor", queues: str = "/monitor/saq") -> Module:
    """Return the module that serves the monitor; it also exports the operators.

    The same paths give the same module.

    Args:
        path: Where the monitor's own pages are.
        queues: Where SAQ's web UI is.

    Raises:
        InvalidDeclaration: A path cannot be one, or both are the same.
    """
    return _monitor(Paths(path, queues))


@cache
def _monitor(paths: Paths) -> Module:
    return Module(
        "monitor",
        imports=[operators_module(), core_module()],
        providers=[
            bind(Paths).value(paths),
            Pages,
            Login,
            HealthPage,
            MetricsText,
            Site,
            SaqFiles,
            SaqApi,
            SaqSite,
        ],
        exports=[operators_module()],
        contributions=[Mount(paths.monitor, make_site), Mount(paths.queues, make_saq_site)],
    )


def make_site(site: Site) -> ASGIApp:
    """Make what is served at the monitor's path."""
    return site.app()


def make_saq_site(site: SaqSite) -> ASGIApp:
    """Make what is served at the path of SAQ's web UI."""
    return site.app()
