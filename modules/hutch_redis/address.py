"""Addresses: Redis URLs read, compared with their parts, shown without their password."""

import re
from contextlib import suppress
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

_HOST_NAME = re.compile(r"[\w.-]+")
_SENTINEL = re.compile(r"\[?([\w.:%-]+?)\]?(?::(\d{1,5}))?")
_SENTINEL_PORT = 26379
_SCHEMES = {"redis": False, "rediss": True}
_SENTINEL_SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}


@dataclass(frozen=True, slots=True)
class Address:
    """A server's address in parts; a None is left out or does not apply.

    Args:
        host: Name or IP address; None for a Unix socket, and where sentinels tell it.
        port: TCP port.
        password: Shown nowhere.
        db: Number of the database.
        tls: Whether the connection is encrypted.
        username: Of an ACL user; None is the default one.
        sentinels: Who knows the server's address, each by host and port.
        service: What they call it.
        sentinel_password: Theirs; shown nowhere.
    """

    host: str | None = None
    port: int | None = None
    password: str | None = field(default=None, repr=False)
    db: int | None = None
    tls: bool | None = None
    username: str | None = None
    sentinels: tuple[tuple[str, int], ...] = ()
    service: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)

    @property
    def is_remote(self) -> bool:
        """Whether it is reached over a network."""
        return bool(self.host or self.sentinels)

    def url(self) -> str:
        """Compose a URL; what is left out becomes ``redis://localhost:6379/0``."""
        host = self.host or "localhost"
        user, password = (quote(part or "", safe="") for part in (self.username, self.password))
        secret = f"{user}:{password}@" if user or password else ""
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
            if other not in (None, ()) and told != other:
                shown = "" if part.name == "password" else f" ({told} and {other})"
                raise ValueError(
                    f"the URL and REDIS_{part.name.upper()} disagree{shown}; "
                    "say it in the URL alone, or leave the URL out and use the parts."
                )


def read_url(url: str) -> Address:
    """Read a ``redis://``, ``rediss://``, ``unix://`` or ``redis+sentinel://`` URL.

    Raises:
        ValueError: It is none; the message shows no password.
    """
    try:
        return _read(url)
    except ValueError:
        raise ValueError(
            "not a Redis URL; write redis://[[user]:password@]host[:port][/db], "
            "rediss://... for TLS, unix://[[user]:password@]/path/to/socket[?db=1], or "
            "redis+sentinel://[[user]:password@]host[:port],host[:port]/service[/db]."
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
    username, password = (unquote(part or "") or None for part in (split.username, split.password))
    password = password or query.get("password", [None])[0]
    username = username or query.get("username", [None])[0]
    if split.scheme == "unix" and split.path:
        db = int(query.get("db", ["0"])[0])
        return Address(password=password, db=db, username=username)
    if split.scheme in _SENTINEL_SCHEMES:
        return _read_sentinel(split, query, username, password)
    if split.scheme not in _SCHEMES or not split.hostname:
        raise ValueError(split.scheme)
    db = int(query.get("db", [split.path.strip("/") or "0"])[0])
    tls = _SCHEMES[split.scheme]
    return Address(split.hostname, split.port or 6379, password, db, tls, username)


def _read_sentinel(
    split: SplitResult, query: dict[str, list[str]], username: str | None, password: str | None
) -> Address:
    service, _, db = split.path.strip("/").partition("/")
    if not service:
        raise ValueError("no service")
    return Address(
        password=password,
        db=int(db or "0"),
        tls=_SENTINEL_SCHEMES[split.scheme],
        username=username,
        sentinels=tuple(map(_sentinel, split.netloc.rpartition("@")[2].split(","))),
        service=unquote(service),
        sentinel_password=query.get("sentinel_password", [None])[0],
    )


def _sentinel(text: str) -> tuple[str, int]:
    match = _SENTINEL.fullmatch(text)
    if not match or not is_host(match[1]):
        raise ValueError("no host")
    return match[1], int(match[2] or _SENTINEL_PORT)
