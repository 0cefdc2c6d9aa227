"""Store on Redis: one script for each step."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redis.exceptions import OutOfMemoryError

from hutch_redis import AWAY, Redis, load_script
from hutch_session.errors import SessionsUnavailable
from hutch_session.ids import Place, place_of_handle
from hutch_session.owner import Owner
from hutch_session.profiles import Profiles, seconds
from hutch_session.store import GRACE, MOST_LISTED, TOUCH, Beginning, Content, Record, Written

Fields = Sequence[Any]
Argument = str | int | bytes

UNABLE = (*AWAY, OutOfMemoryError)
"""Errors of a server that is away or full."""


def server_time() -> str:
    """Let the scripts take the server's time."""
    return ""


class RedisStore:
    """Keeps records as hashes.

    Args:
        redis: Its ``state`` role keeps the sessions.
        profiles: The app's.
        clock: The time in microseconds, for tests; else the server's.
    """

    def __init__(
        self, redis: Redis, profiles: Profiles, clock: Callable[[], Argument] = server_time
    ) -> None:
        self._redis = redis
        self._profiles = profiles
        self._clock = clock
        self._around: dict[str, tuple[str, str]] = {}
        names = ("add", "read", "write", "move", "remove", "list", "revoke")
        self._scripts = {name: load_script("hutch_session", name) for name in names}

    async def add(self, beginning: Beginning) -> Record:
        """Begin a session."""
        assert beginning.lifetime is not None
        keys = [self.key(beginning.place), *self._keys_of(beginning.owner.user)]
        args = [beginning.lifetime, *_written(beginning)]
        return self._record(beginning.place, await self._run("add", keys, args))

    async def read(self, place: Place) -> Record | None:
        """Return a session that has not ended, and note that it was seen."""
        fields = await self._run("read", [self.key(place)], [TOUCH])
        return self._record(place, fields) if fields else None

    async def write(self, place: Place, version: int, content: Content) -> Written | None:
        """Write the data if nobody was faster."""
        args = [version, *_content(content)]
        return self._ended(place, await self._run("write", [self.key(place)], args))

    async def move(self, place: Place, version: int, to: Beginning) -> Written | None:
        """Go on at another place if nobody was faster."""
        keys = [self.key(place), self.key(to.place), *self._keys_of(to.owner.user)]
        lifetime = "" if to.lifetime is None else to.lifetime
        args = [version, lifetime, GRACE, *_written(to)]
        return self._ended(place, await self._run("move", keys, args))

    async def remove(self, place: Place) -> None:
        """End a session, and what it leads to."""
        await self._run("remove", [self.key(place)], [""])

    async def of(self, user: str) -> list[Record]:
        """List a user's sessions."""
        index = self._keys_of(user)[0]
        handles = await self._handles(index)
        places = [place_of_handle(handle, self._profiles) for handle in handles]
        known = [place for place in places if place is not None]
        keys = [index, *(self.key(place) for place in known)]
        found = await self._run("list", keys, [place.handle for place in known])
        pairs = zip(known, found, strict=True)
        return [self._record(place, fields) for place, fields in pairs if fields]

    async def remove_one(self, user: str, place: Place) -> bool:
        """End a session if it is this user's."""
        return bool(await self._run("remove", [self.key(place)], [user]))

    async def remove_all(self, user: str) -> None:
        """End all sessions that a user has at this moment."""
        await self._run("revoke", self._keys_of(user), [self._profiles.longest])

    def key(self, place: Place) -> str:
        """Return the key of a record."""
        around = self._around.get(place.profile.name)
        if around is None:
            # Checking and joining the parts costs as much as all else that is done here.
            whole = self._redis.key(*place.profile.key_parts(place.digest))
            before, _, after = whole.partition(place.digest)
            around = self._around[place.profile.name] = before, after
        return place.digest.join(around)

    def _keys_of(self, user: str | None) -> list[str]:
        """Return the keys of a user's index and epoch; who it is cannot be read from them."""
        if user is None:
            return []
        digest = hashlib.sha256(user.encode()).hexdigest()
        return [self._redis.key("sessions", name, digest) for name in ("of", "epoch")]

    async def _handles(self, index: str) -> list[str]:
        state: Any = self._redis.state
        try:
            found: list[bytes] = await state.zrevrange(index, 0, MOST_LISTED - 1)
        except UNABLE as error:
            raise unavailable(error) from error
        return [handle.decode() for handle in found]

    async def _run(self, name: str, keys: Iterable[str], args: Iterable[Argument]) -> Any:
        try:
            return await self._scripts[name](self._redis.state, keys, [self._clock(), *args])
        except UNABLE as error:
            raise unavailable(error) from error

    def _ended(self, asked: Place, reply: Any) -> Written | None:
        if not reply:
            return None
        done, fields = reply
        return Written(bool(done), self._record(asked, fields))

    def _record(self, asked: Place, fields: Fields) -> Record:
        """Read an answer; without a handle it is the record that was asked for."""
        user, created, expires, seen, version, sealed, stamp, remember, *handle = fields
        return Record(
            (place_of_handle(handle[0].decode(), self._profiles) if handle else None) or asked,
            Owner(_text(user), _text(stamp), remember is not None),
            int(created),
            int(expires),
            int(seen),
            int(version),
            sealed,
        )


def unavailable(error: Exception) -> SessionsUnavailable:
    """Return what to raise for one of ``UNABLE``; whether a write was done is not known."""
    return SessionsUnavailable(
        f"the sessions' server did not answer ({type(error).__name__}), so nobody knows who is "
        "logged in. Look at the health check `redis`; the client may repeat the request."
    )


def _written(beginning: Beginning) -> list[Argument]:
    place, owner, idle = beginning.place, beginning.owner, beginning.place.profile.idle
    longest = 10**9
    return [
        place.handle,
        seconds(idle) if idle else longest,
        owner.user or "",
        owner.stamp or "",
        "1" if owner.remember else "",
        *_content(beginning.content),
    ]


def _text(field: bytes | None) -> str | None:
    return None if field is None else field.decode()


def _content(content: Content) -> list[Argument]:
    texts = {name: text for name, text in content.plain.items() if text is not None}
    removed = [name for name, text in content.plain.items() if text is None]
    pairs = [part for pair in texts.items() for part in pair]
    return [content.sealed, len(texts), *pairs, *removed]
