"""Sessions over a store: ids, sealed data, merges."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from hutch_session.counts import Counts
from hutch_session.data import Data, copied, decode, encode, merge
from hutch_session.errors import SessionGone
from hutch_session.ids import Place, new_id, place_of, place_of_handle
from hutch_session.owner import Owner, check_owner, check_user
from hutch_session.profiles import Profiles, SessionProfile, seconds
from hutch_session.sealing import Sealing
from hutch_session.session import Json, Session, SessionInfo
from hutch_session.store import Beginning, Record, Store, Written

_GONE = (
    "the session has ended meanwhile, by logout, in time or by a login that gave it a new id; "
    "nothing is written. Load it again, or begin a new one."
)

Write = Callable[[Place, int, Data], Awaitable[Written | None]]


class StoredSessions:
    """The port over any store."""

    def __init__(self, store: Store, profiles: Profiles, sealing: Sealing, counts: Counts) -> None:
        self._store = store
        self._profiles = profiles
        self._sealing = sealing
        self._counts = counts

    async def create(
        self,
        data: Mapping[str, Json] | None = None,
        *,
        user: str | None = None,
        profile: str = "default",
        remember: bool = False,
        stamp: str | None = None,
    ) -> Session:
        """Begin a session; see the port."""
        kind = self._profiles[profile]
        id, place = self._draw(kind)
        own, owner = copied(data or {}), Owner(user, stamp, remember)
        begun = self._beginning(place, owner, own, _lifetime(kind, remember))
        record = await self._store.add(begun)
        self._counts.started += 1
        return _session(id, record, own, encode(own))

    async def load(self, id: str) -> Session | None:
        """Return the session of an id; see the port."""
        place = place_of(id, self._profiles)
        record = await self._store.read(place) if place else None
        session = self._opened(id, record) if record else None
        if session is None:
            self._counts.unknown += 1
        return session

    async def save(self, session: Session) -> Session:
        """Write the session's data; see the port."""

        async def write(place: Place, version: int, data: Data) -> Written | None:
            content = self._sealing.seal(place, _owner(session), data)
            return await self._store.write(place, version, content)

        return await self._settle(session, write)

    async def rotate(
        self,
        session: Session,
        *,
        user: str | None = None,
        remember: bool = False,
        stamp: str | None = None,
    ) -> Session:
        """Move the session to a new id; see the port."""
        kind = self._profiles[session.profile]
        id, to = self._draw(kind)
        login = check_owner(Owner(user, stamp, remember))
        lifetime = None if user is None else _lifetime(kind, remember)
        owner = _owner(session) if user is None else login

        async def move(place: Place, version: int, data: Data) -> Written | None:
            begun = self._beginning(to, owner, data, lifetime)
            return await self._store.move(place, version, begun)

        moved = await self._settle(session, move)
        return replace(moved, id=id)

    async def end(self, session: Session) -> None:
        """Log out; see the port."""
        # The id may be an old one, which is forgotten after a while.
        for place in {place_of(session.id, self._profiles), self._place(session.handle)}:
            if place is not None:
                await self._store.remove(place)
        self._counts.ended += 1

    async def of(self, user: str) -> list[SessionInfo]:
        """List a user's sessions; see the port."""
        records = await self._store.of(check_user(user))
        return [info for record in records if (info := self._info(record))]

    async def end_one(self, user: str, handle: str) -> bool:
        """End one session of a user; see the port."""
        place = self._place(handle)
        if place is None or not await self._store.remove_one(check_user(user), place):
            return False
        self._counts.ended += 1
        return True

    async def end_all(self, user: str) -> None:
        """End all sessions of a user; see the port."""
        await self._store.remove_all(check_user(user))

    async def _settle(self, session: Session, write: Write) -> Session:
        """Write, and again with the changes of whoever was faster, until it is done.

        Each new attempt means that another write succeeded, so it ends.
        """
        place, version = self._place(session.handle), session.version
        base, data = decode(session.saved), copied(session.data)
        while place and (written := await write(place, version, data)):
            record = written.record
            if written.done:
                return _session(session.id, record, data, encode(data))
            opened = self._sealing.open(record)
            if opened is None:
                break
            place, version = record.place, record.version
            base, data = opened[0], merge(base, data, opened[0])
            self._counts.merged += 1
        raise SessionGone(_GONE)

    def _draw(self, profile: SessionProfile) -> tuple[str, Place]:
        id = new_id(profile)
        place = place_of(id, self._profiles)
        assert place is not None
        return id, place

    def _place(self, handle: str) -> Place | None:
        return place_of_handle(handle, self._profiles)

    def _beginning(self, place: Place, owner: Owner, data: Data, lifetime: int | None) -> Beginning:
        check_owner(owner)
        return Beginning(place, owner, lifetime, self._sealing.seal(place, owner, data))

    def _opened(self, id: str, record: Record) -> Session | None:
        opened = self._sealing.open(record)
        return None if opened is None else _session(id, record, *opened)

    def _info(self, record: Record) -> SessionInfo | None:
        opened = self._sealing.open(record)
        if opened is None:
            return None
        created, seen, expires = map(_time, (record.created, record.seen, record.expires))
        place = record.place
        return SessionInfo(place.handle, place.profile.name, created, seen, expires, opened[0])


def _lifetime(profile: SessionProfile, remember: bool) -> int:
    return seconds(profile.remembered if remember else profile.lifetime)


def _owner(session: Session) -> Owner:
    return Owner(session.user, session.stamp, session.remember)


def _session(id: str, record: Record, data: Data, text: bytes) -> Session:
    place = record.place
    return Session(
        id=id,
        user=record.owner.user,
        data=data,
        created=_time(record.created),
        expires=_time(record.expires),
        profile=place.profile.name,
        handle=place.handle,
        version=record.version,
        saved=text,
        stamp=record.owner.stamp,
        remember=record.owner.remember,
    )


def _time(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
