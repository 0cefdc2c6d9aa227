"""Handover: a call that is checked here, kept elsewhere, and stored in its queue later.

An outbox keeps it in a table meanwhile, so that it shares the fate of a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from typing_extensions import Unpack

from hutch_queue.admin.backlog import Remembering
from hutch_queue.declare.calls import Call
from hutch_queue.declare.options import Options
from hutch_queue.errors import QueueUnavailable
from hutch_queue.names import Queues
from hutch_queue.produce.intake import Intake
from hutch_queue.produce.record import write_record
from hutch_queue.storage.store import Entry, Mode
from hutch_queue.storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked call, ready to be stored.

    Attributes:
        id: Its job's id: the key where one was given.
        queue: Its queue's name.
        text: The job as one line of JSON, which ``Handover.store`` reads.
    """

    id: str
    queue: str
    text: str = field(repr=False)


class Handover:
    """Takes jobs in two steps, for those who keep them in between."""

    def __init__(self, stores: Stores, intake: Intake, queues: Queues, calls: Remembering) -> None:
        self._store = stores.fast
        self._intake = intake
        self._queues = queues
        self._calls = calls

    def prepare(self, call: Call[Any], /, **options: Unpack[Options]) -> Prepared:
        """Check a call as ``Queue.enqueue`` does, and store nothing.

        A delay counts from here, the time of ``unique_for`` from when the job is stored.

        Raises:
            QueueError: The call is refused; see ``Queue.enqueue``.
        """
        call = call.with_options(**options) if options else call
        mode: Mode = "new" if call.options.get("key") else "once"
        new = self._intake.accept(call, mode=mode)
        entry = new.entry(write_record(new))
        if entry.due < 0:
            entry = replace(entry, due=new.queued - entry.due)
        self._calls.remember(new)
        return Prepared(new.id, new.queue.name, json.dumps(asdict(entry)))

    async def store(self, prepared: Sequence[Prepared]) -> list[bool]:
        """Store what was prepared, in its order; safe to be repeated.

        One that is stored already is left as it is, as long as its record is kept: that of
        a job without a key until its queue forgets it, that of one with a key also until
        the key is used anew.

        Args:
            prepared: At most 500.

        Returns:
            For each whether it is stored; False where its queue is full.

        Raises:
            QueueUnavailable: The queue's server did not answer, or has no memory left; some
                may be stored.
        """
        batches: dict[str, list[Entry]] = {}
        for one in prepared:
            batches.setdefault(one.queue, []).append(_read(one.text))
        try:
            replies = {
                queue: iter(await self._store_batch(queue, entries))
                for queue, entries in batches.items()
            }
        except self._store.away as error:
            raise QueueUnavailable(
                f"Redis did not answer ({type(error).__name__}), so {len(prepared)} job(s) may "
                "not be stored: store them again."
            ) from error
        except Exception as error:
            if not self._store.refuses(error):
                raise
            raise QueueUnavailable(
                f"Redis takes no writes ({error}), so {len(prepared)} job(s) may not be stored. "
                "Where its memory is full, let workers run, or raise maxmemory; store them again."
            ) from error
        return [next(replies[one.queue]) for one in prepared]

    async def _store_batch(self, queue: str, entries: Sequence[Entry]) -> list[bool]:
        known = await self._known(queue, [entry for entry in entries if entry.mode != "once"])
        new = [entry for entry in entries if entry.record not in known]
        room = iter(range(await self._fill(queue, new)))
        return [entry.record in known or next(room, None) is not None for entry in entries]

    async def _known(self, queue: str, keyed: Sequence[Entry]) -> set[str]:
        """Find those that were stored before; an ended one makes room for its key's next."""
        stored = await self._store.read(queue, [entry.id for entry in keyed])
        return {
            entry.record
            for entry, found in zip(keyed, stored, strict=True)
            # Without its last brace: the tail of an ended record takes that place.
            if found and found.record.startswith(entry.record[:-1].encode())
        }

    async def _fill(self, queue: str, entries: Sequence[Entry]) -> int:
        """Store the first of them, as many as the queue may hold; return how many."""
        # A queue that only newer or older code declares takes all.
        most = self._queues[queue].capacity if queue in self._queues.names() else 0
        while entries:
            [reply] = await self._store.enqueue([(queue, entries, most)])
            if not isinstance(reply, int):
                return len(entries)
            entries = entries[: max(0, most - reply)]
        return 0


def _read(text: str) -> Entry:
    found = json.loads(text)
    # By name, so that fields of a newer producer are left out.
    return Entry(
        found["id"],
        found["record"],
        found["due"],
        found["priority"],
        found["mode"],
        found["window"],
    )
