"""A store made of four small operations, for backends that are no server."""

from __future__ import annotations

import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import unquote

from hutch_cache.store import Snapshot
from hutch_cache.template import Parts
from hutch_redis import Keys

_key_of = Keys("cache").key
_COUNTS = _key_of("cache-counts")
_CLAIM, _TAG = "cache-claim", "cache-tag"


class SimpleStore(ABC):
    """Does what ``Store`` asks for by what a subclass can get, put, drop and list.

    A name is a text of at most 512 ASCII characters, none of them a slash.
    """

    @abstractmethod
    def get(self, name: str) -> bytes | None:
        """Return what is under a name and has not expired."""

    @abstractmethod
    def put(self, name: str, value: bytes, seconds: float | None) -> None:
        """Keep a value under a name for so many seconds; None is no limit."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Remove what is under a name, if there is something."""

    @abstractmethod
    def names(self) -> Iterable[str]:
        """List all names."""

    def alone(self) -> AbstractContextManager[object]:
        """Keep all others out meanwhile: the processes that share what is stored, if some do."""
        return nullcontext()

    async def read(self, key: Parts, tags: Sequence[str]) -> Snapshot:
        """Return what is under the key, and the tags' versions."""
        name = _key_of(*key)
        with self.alone():
            return Snapshot(self.get(name), [self._version(tag) for tag in tags])

    async def claim(
        self, key: Parts, tags: Sequence[str], token: str, seconds: float
    ) -> tuple[bool, Snapshot]:
        """Take the claim on a key unless somebody has it; then read."""
        claim = _key_of(_CLAIM, *key)
        with self.alone():
            is_free = self.get(claim) is None
            if is_free:
                self.put(claim, token.encode(), seconds)
        return is_free, await self.read(key, tags)

    async def release(self, key: Parts, token: str, *, with_value: bool = False) -> None:
        """Give the claim back, if it is still this token's; with it, remove the value."""
        with self.alone():
            if self._holds(key, token):
                self.drop(_key_of(_CLAIM, *key))
                if with_value:
                    self.drop(_key_of(*key))

    async def versions(self, tags: Sequence[str], seconds: float | None) -> list[int]:
        """Return the tags' versions; all are kept until they are invalidated."""
        with self.alone():
            return [self._version(tag) or self._new_version(tag) for tag in tags]

    async def write(
        self, key: Parts, value: bytes, seconds: float | None, token: str | None = None
    ) -> bool:
        """Write a value and end the claim on its key; with a token, only if the claim is its."""
        with self.alone():
            if token is not None and not self._holds(key, token):
                return False
            self.put(_key_of(*key), value, seconds)
            self.drop(_key_of(_CLAIM, *key))
            return True

    async def delete(self, keys: Sequence[Parts]) -> None:
        """Remove what is under the keys, and the claims on them."""
        with self.alone():
            for key in keys:
                self.drop(_key_of(*key))
                self.drop(_key_of(_CLAIM, *key))

    async def bump(self, tags: Sequence[str]) -> None:
        """Remove the tags' versions."""
        with self.alone():
            for tag in tags:
                self.drop(_key_of(_TAG, tag))

    async def clear(self, first: Parts, matches: Callable[[Parts], bool]) -> int:
        """Remove the values and claims of all keys that match; return how many values."""
        cleared = 0
        for name in list(self.names()):
            parts = tuple(map(unquote, name.split(":")[1:]))
            is_claim = parts[0] == _CLAIM
            key = parts[1:] if is_claim else parts
            if matches(key):
                cleared += not is_claim
                await self.delete([key])
        return cleared

    async def add(self, counts: Mapping[str, int]) -> None:
        """Add to the counters of these names."""
        with self.alone():
            total = self._counts()
            for name, count in counts.items():
                total[name] = total.get(name, 0) + count
            self.put(_COUNTS, json.dumps(total).encode(), None)

    async def counts(self) -> Mapping[str, int]:
        """Return all counters."""
        with self.alone():
            return self._counts()

    def _holds(self, key: Parts, token: str) -> bool:
        return self.get(_key_of(_CLAIM, *key)) == token.encode()

    def _version(self, tag: str) -> int | None:
        found = self.get(_key_of(_TAG, tag))
        return None if found is None else int(found)

    def _new_version(self, tag: str) -> int:
        version = secrets.randbits(62)
        self.put(_key_of(_TAG, tag), b"%d" % version, None)
        return version

    def _counts(self) -> dict[str, int]:
        found: dict[str, int] = json.loads(self.get(_COUNTS) or b"{}")
        return found
