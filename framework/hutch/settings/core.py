"""The core's own settings."""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import BeforeValidator, ByteSize, Field

from hutch.roles import Role
from hutch.settings.base import Settings


class Profile(Enum):
    """What kind of place the app runs in."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"
    TEST = "test"


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class CoreSettings(Settings, section=""):
    """The app as a whole."""

    role: Role = Role.ALL
    """Which half of the app this process runs: web, worker or all."""
    profile: Profile = Profile.DEVELOPMENT
    """Where it runs: development, production or test. Production is stricter."""
    app: str | None = None
    """The app that `hutch` commands mean: package.module:attribute, or a package's name."""


class HttpSettings(Settings, section="http"):
    """HTTP: what is served and how much of it."""

    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 for all."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    health_port: int | None = Field(default=None, ge=0, le=65535)
    """Where a worker serves its /health; unset, it serves nothing."""
    body_limit: ByteSize = Field(default=ByteSize(1024 * 1024), gt=0)
    """The largest request body, in bytes or as 10MiB."""
    time_limit: float = Field(default=30.0, gt=0)
    """How long a request may take, in seconds."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks whose X-Forwarded headers are believed, e.g. 10.0.0.0/8."""
    docs: bool = True
    """Whether /openapi.json and /docs are served."""


class LogSettings(Settings, section="log"):
    """Logging."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    """The least level that is written: debug, info, warning or error."""
    format: Literal["auto", "json", "console"] = "auto"
    """json, console, or auto: JSON in production, else readable lines."""
    redact: tuple[str, ...] = ()
    """Further names of values that are hidden, e.g. iban."""
