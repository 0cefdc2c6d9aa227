"""Inbox: the port for events that wait, and what stands behind it on every backend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog
from pydantic import BaseModel

from hutch_pubsub.errors import InboxUnavailable
from hutch_pubsub.inbox_spec import InboxSpec
from hutch_pubsub.inboxes import Inboxes
from hutch_pubsub.storage import InboxStore

M = TypeVar("M", bound=BaseModel)

MOST = 500
"""How many messages one step adds at most."""

_log = structlog.get_logger(__name__)


class Inbox(Protocol):
    """Takes messages that wait until they are handled."""

    async def add(self, spec: InboxSpec[M], value: M, /) -> str:
        """Add a message; once this returns it is handled, or put aside where operators see it.

        Returns:
            Its number in the inbox.

        Raises:
            InvalidMessage: It does not fit the inbox's model; nothing is added.
            UnknownInbox: No module declares the inbox.
            InboxUnavailable: The server did not answer, or has no room; the message may have
                been added or not.
        """
        ...

    async def add_all(self, spec: InboxSpec[M], values: Iterable[M], /) -> list[str]:
        """Add several messages, up to 500 in one step; all are checked before the first.

        Raises:
            PubsubError: As ``add``; tells how many are added for sure.
        """
        ...


@dataclass(frozen=True, slots=True)
class InboxStores:
    """The same store, twice.

    Attributes:
        fast: For producers and operators: fails when it does not answer at once.
        patient: For consumers: waits as long as the connection lasts.
    """

    fast: InboxStore
    patient: InboxStore


class StoredInbox:
    """Checks messages and hands them to the store; see ``Inbox``."""

    def __init__(self, stores: InboxStores, inboxes: Inboxes) -> None:
        self._store = stores.fast
        self._inboxes = inboxes

    async def add(self, spec: InboxSpec[M], value: M, /) -> str:
        """Add a message; see ``Inbox.add``."""
        [id] = await self.add_all(spec, [value])
        return id

    async def add_all(self, spec: InboxSpec[M], values: Iterable[M], /) -> list[str]:
        """Add several messages; see ``Inbox.add_all``."""
        self._inboxes.check(spec)
        entries = [spec.codec.encode(value) for value in values]
        ids: list[str] = []
        for start in range(0, len(entries), MOST):
            ids += await self._add(spec, entries[start : start + MOST], len(ids))
        return ids

    async def _add(
        self, spec: InboxSpec[Any], entries: list[dict[str, str]], before: int
    ) -> list[str]:
        try:
            added = await self._store.add(spec, entries)
        except (*self._store.away, *self._store.full) as error:
            raise InboxUnavailable(
                f"{spec.name}: the store did not take the message ({type(error).__name__}); "
                f"{before} are added for sure, of {len(entries)} more it is not known. Add them "
                "again where the inbox has once_by, or where handling one twice is harmless."
            ) from None
        if added.moved:
            moved = sum(added.moved.values())
            _log.warning("inbox is full, put aside for review", inbox=spec.name, entries=moved)
        return added.ids
