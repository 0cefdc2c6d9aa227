"""Entries of the app: what its modules declare, and how long each lives here."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import combinations
from typing import Any

from hutch.discovery import Discovery
from hutch_cache.entry import Entry
from hutch_cache.errors import InvalidEntry, UnknownEntry
from hutch_cache.settings import CacheSettings


class Entries:
    """The declared entries by name.

    Raises:
        InvalidEntry: Two have one name or could have one key, in whatever version, or a setting
            names none.
    """

    def __init__(self, entries: Iterable[Entry[Any]], settings: CacheSettings) -> None:
        self._entries: dict[str, Entry[Any]] = {}
        self._ttls = settings.ttls
        for entry in entries:
            if self._entries.setdefault(entry.name, entry) is not entry:
                raise InvalidEntry(
                    f"two entries have the name {entry.name!r}; give each its own, or use one."
                )
        for one, other in combinations(self._entries.values(), 2):
            _keep_apart(one, other)
        for name in settings.ttls:
            if name not in self._entries:
                raise InvalidEntry(f"HUTCH_CACHE__TTLS: {self._unknown(name)}")

    def check(self, entry: Entry[Any]) -> None:
        """Refuse an entry that no module declares.

        Raises:
            UnknownEntry: Tells how to declare it.
        """
        if self._entries.get(entry.name) is not entry:
            raise UnknownEntry(
                f"no module declares the entry {entry.name!r}; give it to a cache_module(...) "
                "that the app imports."
            )

    def named(self, name: str) -> Entry[Any]:
        """Return an entry.

        Raises:
            UnknownEntry: There is none of that name; tells which ones there are.
        """
        if name not in self._entries:
            raise UnknownEntry(self._unknown(name))
        return self._entries[name]

    def names(self) -> list[str]:
        """List the names, sorted."""
        return sorted(self._entries)

    def expiry(self, entry: Entry[Any]) -> float | None:
        """Return an entry's time to live in seconds: the setting's, else that in the code."""
        return self._ttls.get(entry.name, entry.expiry)

    def _unknown(self, name: str) -> str:
        near = get_close_matches(name, self._entries, n=1)
        advice = f" Did you mean {near[0]!r}?" if near else ""
        known = ", ".join(self.names()) or "none"
        return f"no entry is called {name[:40]!r}; declared: {known}.{advice}"


def _keep_apart(one: Entry[Any], other: Entry[Any]) -> None:
    if one.template.meets(other.template):
        raise InvalidEntry(
            f"the entries {one.name!r} ({one.template.text}) and {other.name!r} "
            f"({other.template.text}) could have the same key; change one `at`."
        )
    for mine, theirs in ((one, other), (other, one)):
        if mine.meets(theirs):
            raise InvalidEntry(
                f"another version of the entry {mine.name!r} ({mine.template.text}) could have a "
                f"key of {theirs.name!r} ({theirs.template.text}), and `clear` would remove it; "
                "change one `at`."
            )


def declared_entries(discovery: Discovery, settings: CacheSettings) -> Entries:
    """Collect what the app's modules declare."""
    return Entries(discovery.declared(Entry), settings)
