"""Lua scripts: loaded by name from packages, sent once, then called by their digest."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, cast

from redis.asyncio import Redis as Client
from redis.exceptions import NoScriptError
from redis.typing import EncodableT

from hutch_redis.errors import InvalidScript

_INCLUDE = re.compile(r"^--#include (?:(?P<package>[\w.]+):)?(?P<name>\w+)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script that a client runs atomically.

    It is sent again only when the server does not know it (``NOSCRIPT``: nothing
    has run); after any other error nobody knows whether it ran, so it is not repeated.
    """

    name: str
    source: str = field(repr=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "digest", digest)

    async def __call__(
        self, client: Client, keys: Iterable[str] = (), args: Iterable[EncodableT] = ()
    ) -> Any:
        """Run the script and return its reply.

        Raises:
            redis.exceptions.RedisError: The server is away or the script failed.
        """
        names = [*keys]
        rest = (len(names), *names, *args)
        run = cast(Any, client).execute_command
        try:
            return await run("EVALSHA", self.digest, *rest)
        except NoScriptError:
            return await run("EVAL", self.source, *rest)


@cache
def load_script(package: str, name: str) -> Script:
    """Return the script ``lua/NAME.lua`` of a package, always the same object.

    A line ``--#include NAME`` or ``--#include PACKAGE:NAME`` is replaced by that
    file, once per script, so that several scripts share a Lua function.

    Raises:
        InvalidScript: A file is missing, or the includes form a circle.
    """
    return Script(f"{package}:{name}", _expand(package, name, (), set()))


def _expand(package: str, name: str, path: tuple[str, ...], done: set[str]) -> str:
    label = f"{package}:{name}"
    if label in path:
        raise InvalidScript(f"Lua files include each other: {' -> '.join((*path, label))}.")
    if label in done:
        return ""
    done.add(label)

    def included(match: re.Match[str]) -> str:
        return _expand(match["package"] or package, match["name"], (*path, label), done)

    return _INCLUDE.sub(included, _read(package, name, path))


def _read(package: str, name: str, path: tuple[str, ...]) -> str:
    try:
        return (files(package) / "lua" / f"{name}.lua").read_text("utf-8")
    except (FileNotFoundError, ModuleNotFoundError) as error:
        place = f", included by {path[-1]}" if path else ""
        raise InvalidScript(
            f"no Lua file lua/{name}.lua in the package {package}{place}."
        ) from error
