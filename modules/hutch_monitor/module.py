"""The module: the pages for operators."""

from __future__ import annotations

from functools import cache

from starlette.types import ASGIApp

from hutch.binding import bind
from hutch.contributions import Mount
from hutch.module import Module
from hutch_auth import operators_module
from hutch_monitor.health import HealthPage
from hutch_monitor.metrics import MetricsText
from hutch_monitor.pages import Pages
from hutch_monitor.paths import Paths
from hutch_monitor.saq_api import SaqApi
from hutch_monitor.saq_page import SaqFiles
from hutch_monitor.saq_site import SaqSite
from hutch_monitor.settings import MonitorSettings
from hutch_monitor.shown import ShownQueues
from hutch_monitor.site import Site
from hutch_queue import core_module


def monitor_module(
    path: str = "/monitor", queues: str = "/monitor/saq", auth: Module | None = None
) -> Module:
    """Return the module that serves the monitor; it also exports what ``auth`` does.

    The same arguments give the same module.

    Args:
        path: Where the monitor's own pages are.
        queues: Where SAQ's web UI is.
        auth: Knows who may see it: ``auth_module()`` for users with accounts; by default
            ``operators_module()``, the tokens of the settings.

    Raises:
        InvalidDeclaration: A path cannot be one, or both are the same.
    """
    return _monitor(Paths(path, queues), auth or operators_module())


@cache
def _monitor(paths: Paths, auth: Module) -> Module:
    return Module(
        "monitor",
        imports=[auth, core_module()],
        providers=[
            MonitorSettings,
            bind(Paths).value(paths),
            Pages,
            HealthPage,
            MetricsText,
            Site,
            ShownQueues,
            SaqFiles,
            SaqApi,
            SaqSite,
        ],
        exports=[auth],
        contributions=[Mount(paths.monitor, make_site), Mount(paths.queues, make_saq_site)],
    )


def make_site(site: Site) -> ASGIApp:
    """Make what is served at the monitor's path."""
    return site.app()


def make_saq_site(site: SaqSite) -> ASGIApp:
    """Make what is served at the path of SAQ's web UI."""
    return site.app()
