"""Addresses: Redis URLs read, compared with their parts, shown without their password."""

import re
from contextlib import suppress
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from urllib.parse import parse_qs, quote, unquote, urlsplit

_HOST_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class Address:
    """A server's address in parts; a None is left out or does not apply.

    Args:
        host: Name or IP address; None for a Unix socket.
        port: TCP port.
        password: Shown nowhere.
        db: Number of the database.
        tls: Whether the connection is encrypted.
    """

    host: str | None = None
    port: int | None = None
    password: str | None = field(default=None, repr=False)
    db: int | None = None
    tls: bool | None = None

    def url(self) -> str:
        """Compose a URL; what is left out becomes ``redis://localhost:6379/0``."""
        host = self.host or "localhost"
        secret = f":{quote(self.password, safe='')}@" if self.password else ""
        scheme = "rediss" if self.tls else "redis"
        name = f"[{host}]" if ":" in host else host
        return f"{scheme}://{secret}{name}:{self.port or 6379}/{self.db or 0}"

    def refuse_other(self, parts: "Address") -> None:
        """Hold this address, read from a URL, against the given parts.

        Raises:
            ValueError: They say different things; the message shows no password.
        """
        for part in fields(self):
            told, other = getattr(self, part.name), getattr(parts, part.name)
            if other is not None and told != other:
                shown = "" if part.name == "password" else f" ({told} and {other})"
                raise ValueError(
                    f"the URL and REDIS_{part.name.upper()} disagree{shown}; "
                    "say it in the URL alone, or leave the URL out and use the parts."
                )


def read_url(url: str) -> Address:
    """Read a ``redis://``, ``rediss://`` or ``unix://`` URL.

    Raises:
        ValueError: It is none; the message shows no password.
    """
    try:
        return _read(url)
    except ValueError:
        raise ValueError(
            "not a Redis URL; write redis://[:password@]host[:port][/db], "
            "rediss://... for TLS, or unix://[:password@]/path/to/socket[?db=1]."
        ) from None


def is_host(text: str) -> bool:
    """Tell whether a text is a host's name or IP address, without port or scheme."""
    with suppress(ValueError):
        return bool(ip_address(text))
    return bool(_HOST_NAME.fullmatch(text))


def shown(url: str) -> str:
    """Return the URL without user, password and options, for logs and messages."""
    split = urlsplit(url)
    place = split.netloc.rpartition("@")[2]
    return f"{split.scheme}://{place}{split.path}"


def _read(url: str) -> Address:
    split = urlsplit(url)
    query = parse_qs(split.query)
    password = unquote(split.password) if split.password else None
    password = password or query.get("password", [None])[0]
    if split.scheme == "unix" and split.path:
        return Address(None, None, password, int(query.get("db", ["0"])[0]), None)
    if split.scheme not in ("redis", "rediss") or not split.hostname:
        raise ValueError(split.scheme)
    db = int(query.get("db", [split.path.strip("/") or "0"])[0])
    return Address(split.hostname, split.port or 6379, password, db, split.scheme == "rediss")
