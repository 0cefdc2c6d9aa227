"""Store in this process: for tests, and for what runs as one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from hutch_session.ids import Place
from hutch_session.profiles import Profiles, seconds
from hutch_session.store import GRACE, MOST_LISTED, TOUCH, Beginning, Content, Record, Written

Clock = Callable[[], int]

_SECOND = 1_000_000
_SWEEP = 60 * _SECOND


def now_us() -> int:
    """Return the time in microseconds."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class _Row:
    record: Record
    idle: int
    issued: int
    next: str | None = None
    follows: bool = False


@dataclass(frozen=True, slots=True)
class _Epoch:
    """Sessions of a user that were issued at this moment or before have ended."""

    moment: int
    until: int


class MemoryStore:
    """Keeps records in a dictionary, with the same semantics as the store on Redis.

    Args:
        profiles: The app's.
        clock: The time in microseconds.
    """

    def __init__(self, profiles: Profiles, clock: Clock = now_us) -> None:
        self._profiles = profiles
        self._clock = clock
        self._rows: dict[str, _Row] = {}
        self._handles: dict[str, dict[str, None]] = {}
        self._epochs: dict[str, _Epoch] = {}
        self._swept = clock()

    async def add(self, beginning: Beginning) -> Record:
        """Begin a session."""
        self._sweep()
        assert beginning.lifetime is not None
        now = self._now()
        return self._begin(beginning, now, now + beginning.lifetime)

    async def read(self, place: Place) -> Record | None:
        """Return a session that has not ended, and note that it was seen."""
        row = self._resolve(place.handle)
        if row is None:
            return None
        found = row.record
        if row.next is None and self._now() - found.seen >= TOUCH:
            row.record = replace(found, seen=self._now())
        return found

    async def write(self, place: Place, version: int, content: Content) -> Written | None:
        """Write the data if nobody was faster."""
        row = self._resolve(place.handle)
        if row is None or row.next is not None:
            return None
        record = row.record
        if record.place != place or record.version != version:
            return Written(False, record)
        sealed, now = content.sealed, self._now()
        row.record = replace(record, version=version + 1, sealed=sealed, seen=now)
        return Written(True, row.record)

    async def move(self, place: Place, version: int, to: Beginning) -> Written | None:
        """Go on at another place if nobody was faster."""
        self._sweep()
        row = self._resolve(place.handle)
        if row is None or row.next is not None:
            return None
        record, now = row.record, self._now()
        if record.place != place or record.version != version:
            return Written(False, record)
        if to.lifetime is None:
            moved = self._begin(to, record.created, record.expires)
        else:
            moved = self._begin(to, now, now + to.lifetime)
        self._unlist(record)
        row.next, row.follows = moved.place.handle, to.lifetime is None
        row.record = replace(record, expires=min(record.expires, now + GRACE))
        return Written(True, moved)

    async def remove(self, place: Place) -> None:
        """End a session, and what it leads to."""
        handle: str | None = place.handle
        while handle is not None:
            row = self._rows.pop(handle, None)
            if row is not None:
                self._unlist(row.record)
            handle = row.next if row and row.follows else None

    async def of(self, user: str) -> list[Record]:
        """List a user's sessions."""
        rows = [self._resolve(handle) for handle in list(self._handles.get(user, ()))]
        records = [row.record for row in rows if row is not None]
        records.sort(key=lambda record: (record.expires, record.place.handle), reverse=True)
        return records[:MOST_LISTED]

    async def remove_one(self, user: str, place: Place) -> bool:
        """End a session if it is this user's."""
        row = self._resolve(place.handle)
        if row is None or row.record.owner.user != user:
            return False
        await self.remove(place)
        return True

    async def remove_all(self, user: str) -> None:
        """End all sessions that a user has at this moment."""
        handles = self._handles.pop(user, {})
        ends = [self._rows[handle].record.expires for handle in handles if handle in self._rows]
        until = max([*ends, self._now() + self._profiles.longest])
        moment = max(self._clock(), self._epoch(user) + 1)
        self._epochs[user] = _Epoch(moment, until)

    def _begin(self, beginning: Beginning, created: int, expires: int) -> Record:
        user, place = beginning.owner.user, beginning.place
        record = Record(
            place,
            beginning.owner,
            created,
            expires,
            seen=self._now(),
            version=1,
            sealed=beginning.content.sealed,
        )
        idle = place.profile.idle
        issued = self._clock()
        if user is not None:
            issued = max(issued, self._epoch(user) + 1)
            self._handles.setdefault(user, {})[place.handle] = None
        self._rows[place.handle] = _Row(record, seconds(idle) if idle else expires, issued)
        return record

    def _resolve(self, handle: str) -> _Row | None:
        row = self._alive(handle)
        if row is None or row.next is None:
            return row
        heir = self._resolve(row.next)
        if heir is None:
            # Whoever ended the new one has ended the old one, too.
            self._rows.pop(handle, None)
            return None
        return heir if row.follows else row

    def _alive(self, handle: str) -> _Row | None:
        row = self._rows.get(handle)
        if row is None:
            return None
        record, now = row.record, self._now()
        user = record.owner.user
        is_over = record.expires <= now or record.seen + row.idle <= now
        if is_over or (user is not None and row.issued <= self._epoch(user)):
            del self._rows[handle]
            self._unlist(record)
            return None
        return row

    def _unlist(self, record: Record) -> None:
        user = record.owner.user or ""
        handles = self._handles.get(user, {})
        handles.pop(record.place.handle, None)
        if not handles:
            self._handles.pop(user, None)

    def _epoch(self, user: str) -> int:
        epoch = self._epochs.get(user)
        return epoch.moment if epoch else 0

    def _sweep(self) -> None:
        """Forget what has ended, at most once a minute."""
        if self._clock() - self._swept < _SWEEP:
            return
        self._swept = self._clock()
        for handle in list(self._rows):
            self._alive(handle)
        now = self._now()
        self._epochs = {user: epoch for user, epoch in self._epochs.items() if epoch.until > now}

    def _now(self) -> int:
        return self._clock() // _SECOND
