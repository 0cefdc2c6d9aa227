"""Builtin: what the framework itself provides to every module."""

from __future__ import annotations

from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from hutch.binding import bind
from hutch.contributions import Health
from hutch.discovery import Discovery
from hutch.health import HealthChecks
from hutch.module import Module
from hutch.settings import CoreSettings, HttpSettings, LogSettings, Profile, load


def health_checks(discovery: Discovery) -> HealthChecks:
    """Collect the health checks that the modules contribute."""
    found = discovery.callables(Health)
    return HealthChecks([(check.name, check.required, probe) for check, probe in found])


def builtin(profile: Profile | None = None) -> Module:
    """Make the module that every other one sees.

    Args:
        profile: Where the app runs; by default what ``HUTCH_PROFILE`` says.
    """

    def core_settings() -> CoreSettings:
        settings = load(CoreSettings)
        return settings if profile is None else settings.model_copy(update={"profile": profile})

    return Module(
        "hutch",
        providers=[
            bind(CoreSettings).to(core_settings),
            Discovery,
            HttpSettings,
            LogSettings,
            bind(HTTPConnection).seed(),
            bind(HealthChecks).to(health_checks),
            bind(Request).seed(),
            bind(WebSocket).seed(),
        ],
    )
