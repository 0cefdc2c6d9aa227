"""Settings: where Redis is, and how an app uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator

from hutch.settings import Also, Settings
from hutch_redis.address import Address, is_host, read_url
from hutch_redis.keys import Keys


class RedisSettings(Settings, section="redis"):
    """Where Redis is, and how an app uses it.

    Either a URL, or parts (host, port, username, password, db, tls), or nothing: then
    the app runs an embedded server. Each role can have a server of its own.
    """

    url: Annotated[SecretStr | None, Also("REDIS_URL")] = None
    """The server: redis://user:password@host:6379/0, rediss:// for TLS, unix:///socket, or
    redis+sentinel://:password@host1:26379,host2:26379/service/0."""
    host: Annotated[str | None, Also("REDIS_HOST")] = None
    """Instead of the URL: the server's name or IP address; else localhost."""
    port: Annotated[int | None, Also("REDIS_PORT"), Field(ge=1, le=65535)] = None
    """Instead of the URL: its port; else 6379."""
    username: Annotated[str | None, Also("REDIS_USERNAME")] = None
    """Instead of the URL: the ACL user; else the default one."""
    password: Annotated[SecretStr | None, Also("REDIS_PASSWORD")] = None
    """Instead of the URL: its password."""
    db: Annotated[int | None, Also("REDIS_DB"), Field(ge=0, le=15)] = None
    """Instead of the URL: the number of the database; else 0."""
    tls: Annotated[bool | None, Also("REDIS_TLS")] = None
    """Instead of the URL: whether the connection is encrypted; else false."""

    state: SecretStr | None = None
    """URL for what must not be lost (jobs, sessions, pauses, counters); else the server above."""
    cache: SecretStr | None = None
    """URL for what may be evicted; else the server above, or that of the state."""
    pubsub: SecretStr | None = None
    """URL for channels; else the server above, or that of the state."""
    blocking: SecretStr | None = None
    """URL for blocking commands; else that of the state."""

    prefix: Annotated[str, Also("REDIS_PREFIX")] = "app:"
    """What every key begins with; each app and environment has its own."""
    pool_size: Annotated[int, Field(ge=1)] = 50
    """Connections per pool."""
    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.2
    """Seconds after which a call gives up; blocking commands have no limit."""
    strict: bool | None = None
    """Whether the boot check refuses what it otherwise warns of; else only in production."""

    data: Path = Path(".data")
    """The folder of the embedded server's data."""
    max_memory: Annotated[str, Also("REDIS_MAX_MEMORY"), Field(pattern=r"^(?i:\d+([kmg]b?)?)$")] = (
        "1gb"
    )
    """The most memory that the embedded server takes, e.g. 256mb; 0 is no limit."""

    @field_validator("url", "state", "cache", "pubsub", "blocking")
    @classmethod
    def _is_redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_url(value.get_secret_value())
        return value

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str | None) -> str | None:
        if value and not is_host(value):  # not shown: it may be a URL with its password
            raise ValueError(
                "not a host; give a name or an IP address alone, and the rest in REDIS_PORT and "
                "the other parts, or all of it in REDIS_URL."
            )
        return value

    @field_validator("prefix")
    @classmethod
    def _is_prefix(cls, value: str) -> str:
        return Keys(value).prefix

    @model_validator(mode="after")
    def _url_and_parts_agree(self) -> RedisSettings:
        if self.url is not None:
            read_url(self.url.get_secret_value()).refuse_other(self._parts())
        return self

    def server(self) -> str | None:
        """Return the URL of the one server, or None where the app runs its own."""
        if self.url is not None:
            return self.url.get_secret_value()
        parts = self._parts()
        return None if parts == Address() else parts.url()

    def _parts(self) -> Address:
        password = self.password.get_secret_value() if self.password else None
        host = self.host.lower() if self.host else None
        return Address(host, self.port, password, self.db, self.tls, self.username or None)
