"""Once: the port on claims."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from typing_extensions import TypeForm

from hutch_lock.claims import Claims, Taken
from hutch_lock.errors import (
    InProgress,
    LockLost,
    LockUnavailable,
    OtherFingerprint,
    ResultNotKept,
)
from hutch_lock.lease import Lease, check_time
from hutch_lock.leftovers import Leftovers
from hutch_lock.names import key_of
from hutch_lock.port import Name, Outcome
from hutch_lock.record import Results, done, mark_of, pending, read
from hutch_lock.settings import LockSettings
from hutch_lock.tally import Tally

T = TypeVar("T")

_PAUSE = 0.1
"""Seconds between attempts to note that work is done."""

_log = structlog.get_logger(__name__)


class ClaimedOnce:
    """Does work once by claims; see ``Once``."""

    def __init__(
        self, claims: Claims, leftovers: Leftovers, settings: LockSettings, tally: Tally
    ) -> None:
        self._claims = claims
        self._leftovers = leftovers
        self._ttl = timedelta(seconds=settings.claim)
        self._tally = tally

    async def run(
        self,
        key: Name,
        work: Callable[[], Awaitable[T]],
        *,
        keep: timedelta,
        also: Mapping[Name, timedelta] | None = None,
        fingerprint: str | bytes | None = None,
        returns: TypeForm[T] | None = None,
    ) -> T:
        """Do the work, or return what it returned; see ``Once.run``."""
        found = await self.outcome(
            key, work, keep=keep, also=also, fingerprint=fingerprint, returns=returns
        )
        return found.result

    async def outcome(
        self,
        key: Name,
        work: Callable[[], Awaitable[T]],
        *,
        keep: timedelta,
        also: Mapping[Name, timedelta] | None = None,
        fingerprint: str | bytes | None = None,
        returns: TypeForm[T] | None = None,
    ) -> Outcome[T]:
        """Do the work, or tell what it returned; see ``Once.outcome``."""
        keeps = self._keeps({key: keep, **(also or {})})
        mark, results = mark_of(fingerprint), Results(returns)
        value = pending(secrets.token_urlsafe(16), mark)
        lease = Lease(self._claims, self._leftovers, [*keeps], value, self._ttl)
        began = asyncio.get_running_loop().time()
        found = await self._take(lease)
        if isinstance(found, Taken):
            return Outcome(self._repeated(found, mark, results), repeated=True)
        task = _Task(lease, keeps, mark, results)
        return Outcome(await self._do(task, work, began), repeated=False)

    def _keeps(self, names: Mapping[Name, timedelta]) -> dict[str, timedelta]:
        keeps = {key_of(self._claims, "once", name): keep for name, keep in names.items()}
        for key, keep in keeps.items():
            check_time(f"once {key!r}: keep", keep)
        return keeps

    async def _take(self, lease: Lease) -> int | Taken:
        try:
            return await lease.take()
        except LockUnavailable:
            self._tally.add("once", "unavailable")
            raise

    def _repeated(self, found: Taken, mark: str, results: Results) -> Any:
        record = read(found.value)
        if record.is_other(mark):
            self._tally.add("once", "other")
            raise OtherFingerprint(
                f"{found.key} was used with another fingerprint; use another key for other input."
            )
        if not record.done:
            self._tally.add("once", "in_progress")
            raise InProgress(
                f"{found.key} is under way elsewhere; come back later. If whoever does it died, it "
                f"is free in {found.left.total_seconds():.0f} s.",
                found.left,
            )
        self._tally.add("once", "repeated")
        return results.read(found.key, record.result)

    async def _do(self, task: _Task, work: Callable[[], Awaitable[T]], began: float) -> T:
        try:
            async with task.lease.kept(began) as limit:
                result = await task.do(work, limit)
        except BaseException as error:
            # To repeat what was done is worse than not to have noted it.
            if task.is_done and isinstance(error, LockLost):
                result = task.result
            else:
                if not task.is_done:
                    self._tally.add("once", "failed")
                    await task.lease.give_back()
                raise
        self._tally.add("once", "done")
        return result


class _Task:
    """One piece of work under a claim."""

    def __init__(
        self, lease: Lease, keeps: Mapping[str, timedelta], mark: str, results: Results
    ) -> None:
        self.lease = lease
        self.result: Any = None
        self.is_done = False
        self._keeps = keeps
        self._mark = mark
        self._results = results

    async def do(self, work: Callable[[], Awaitable[T]], limit: asyncio.Timeout) -> T:
        """Do the work and note what it returned.

        Args:
            work: What is to be done.
            limit: Cancels this when the lease ends.

        Raises:
            ResultNotKept: It is done; the result is nothing that can be noted.
        """
        result: T = await work()
        self.result, self.is_done = result, True
        try:
            text = self._results.write(self.lease.keys[0], result)
        except ResultNotKept:
            await self._note("", limit)
            raise
        await self._note(text, limit)
        return result

    async def _note(self, text: str, limit: asyncio.Timeout) -> None:
        """Note it, also where the caller is cancelled meanwhile: else it would be done again."""
        noting, cancelled = asyncio.create_task(self._until_noted(text)), None
        while not noting.done():
            try:
                await asyncio.wait([noting])
            except asyncio.CancelledError as error:
                cancelled = error
                if limit.expired():
                    noting.cancel()
        if noting.cancelled() or noting.exception():
            _log.error("done, but not noted", key=self.lease.keys[0])
        if cancelled:
            raise cancelled
        noting.result()

    async def _until_noted(self, text: str) -> None:
        """Try until it is noted, or the lease ends: to note it twice is harmless."""
        while True:
            try:
                noted = await self.lease.claims.finish(
                    self._keeps, self.lease.value, done(self._mark, text)
                )
            except LockUnavailable:
                await asyncio.sleep(_PAUSE)
                continue
            if not noted:
                raise LockLost(f"{self.lease.keys[0]} ran out before its work was noted.")
            return
