"""Limits by name: declared by modules, their numbers changed by a setting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from hutch.discovery import Discovery
from hutch_ratelimit.errors import InvalidLimit, UnknownLimit
from hutch_ratelimit.limits import Limit
from hutch_ratelimit.settings import RateLimitSettings


@dataclass(frozen=True, slots=True)
class NamedLimit:
    """A limit that a module declares.

    Attributes:
        name: What the app and the commands call it.
        limit: With the number that holds unless ``HUTCH_RATELIMIT__LIMITS`` has another.
    """

    name: str
    limit: Limit


class Limits:
    """The limits of the app by name: ``limits["twitter"].at("posts", user_id)``."""

    def __init__(self, discovery: Discovery, settings: RateLimitSettings) -> None:
        self._discovery = discovery
        self._numbers = settings.limits
        self._known: dict[str, Limit] | None = None

    def __getitem__(self, name: str) -> Limit:
        """Return a limit.

        Raises:
            UnknownLimit: No module declares it; an unknown name is never without a limit.
            InvalidLimit: Declarations or settings contradict each other.
        """
        known = self._all()
        if name not in known:
            raise UnknownLimit(
                f"no limit is called {name!r}; there are: {', '.join(sorted(known)) or 'none'}. "
                f"Declare it, e.g. ratelimit_module({name}=per_day(50))."
            )
        return known[name]

    def names(self) -> list[str]:
        """List the names of all limits, sorted."""
        return sorted(self._all())

    def _all(self) -> dict[str, Limit]:
        if self._known is None:
            self._known = self._read()
        return self._known

    def _read(self) -> dict[str, Limit]:
        known: dict[str, Limit] = {}
        for named in self._discovery.declared(NamedLimit):
            other = known.setdefault(named.name, named.limit)
            if other != named.limit:
                raise InvalidLimit(
                    f"the limit {named.name!r} is declared as {other} and as {named.limit}; "
                    "declare it once, or alike."
                )
        return known | {name: self._changed(known, name) for name in self._numbers}

    def _changed(self, known: dict[str, Limit], name: str) -> Limit:
        if name not in known:
            raise UnknownLimit(
                f"HUTCH_RATELIMIT__LIMITS has {name!r}, which no module declares; "
                f"there are: {', '.join(sorted(known)) or 'none'}."
            )
        return replace(known[name], most=self._numbers[name])


async def checking(limits: Limits) -> AsyncIterator[None]:
    """Refuse, when the app starts, limits that contradict each other."""
    limits.names()
    yield
