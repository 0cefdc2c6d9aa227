"""Inbox admin: looks into inboxes, and moves what was put aside."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from hutch_pubsub.errors import InboxUnavailable, InvalidMessage
from hutch_pubsub.inbox import InboxStores
from hutch_pubsub.inbox_spec import InboxSpec
from hutch_pubsub.inboxes import Inboxes
from hutch_pubsub.storage import Entry, InboxStats, Shelf

T = TypeVar("T")

PAGE = 500
_ID = re.compile(r"[0-9]{1,15}-[0-9]{1,18}", re.ASCII)


class InboxAdmin:
    """What operators do with the inboxes that modules declare."""

    def __init__(self, stores: InboxStores, inboxes: Inboxes) -> None:
        self._store = stores.fast
        self._inboxes = inboxes

    def specs(self) -> list[InboxSpec[Any]]:
        """List the declared inboxes."""
        return self._inboxes.all()

    async def stats(self, inbox: str) -> InboxStats:
        """Count an inbox's entries.

        Raises:
            UnknownInbox: No module declares it.
            InboxUnavailable: The server did not answer.
        """
        return await self._ask(inbox, self._store.stats(self._inboxes[inbox]))

    async def entries(
        self, inbox: str, shelf: Shelf = "waiting", *, after: str = "0-0", limit: int = 20
    ) -> list[Entry]:
        """List entries, the oldest first.

        Args:
            inbox: Its name.
            shelf: ``waiting``, ``dead`` or ``review``.
            after: The number of the last one that is known.
            limit: 1 to 500.

        Raises:
            UnknownInbox: No module declares it.
            InvalidMessage: ``after`` is no number of an entry, or the limit makes no sense.
            InboxUnavailable: The server did not answer.
        """
        _check([after])
        if not 1 <= limit <= PAGE:
            raise InvalidMessage(f"limit={limit}: list 1 to {PAGE} entries at a time.")
        spec = self._inboxes[inbox]
        return await self._ask(inbox, self._store.page(spec, shelf, after, limit))

    async def replay(self, inbox: str, shelf: Shelf, *ids: str) -> list[str]:
        """Add entries of a shelf to the inbox anew; return those that were there.

        Raises:
            UnknownInbox: No module declares it.
            InvalidMessage: An id is none, or the shelf is the inbox itself.
            InboxUnavailable: The server did not answer; it may be done or not.
        """
        spec = self._inboxes[inbox]
        _check(ids, shelf)
        return await self._ask(inbox, self._store.replay(spec, shelf, ids))

    async def replay_all(self, inbox: str, shelf: Shelf) -> int:
        """Add all entries of a shelf to the inbox anew, those that are there now.

        Raises:
            PubsubError: As ``replay``.
        """
        count, last = 0, "0-0"
        for _ in range(1 + getattr(await self.stats(inbox), shelf, 0) // PAGE):
            found = await self.entries(inbox, shelf, after=last, limit=PAGE)
            if found:
                last = found[-1].id
                count += len(await self.replay(inbox, shelf, *(entry.id for entry in found)))
        return count

    async def discard(self, inbox: str, shelf: Shelf, *ids: str) -> list[str]:
        """Delete entries of a shelf for good; return those that were there.

        Raises:
            PubsubError: As ``replay``.
        """
        spec = self._inboxes[inbox]
        _check(ids, shelf)
        return await self._ask(inbox, self._store.discard(spec, shelf, ids))

    async def _ask(self, inbox: str, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except self._store.away as error:
            raise InboxUnavailable(
                f"{inbox}: the store did not answer ({type(error).__name__}); is Redis away?"
            ) from None


def _check(ids: Sequence[str], shelf: Shelf = "dead") -> None:
    if shelf not in ("dead", "review"):
        raise InvalidMessage(f"shelf {shelf!r}: only what is dead or in review can be moved.")
    for id in ids:
        if not _ID.fullmatch(id):
            raise InvalidMessage(f"entry {id[:40]!r}: an id looks like 1767225600000-0.")
