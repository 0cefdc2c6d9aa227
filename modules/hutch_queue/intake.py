"""Intake: checks a call and makes the job that a backend stores."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Any

import structlog

from hutch.context import carry
from hutch_queue.calls import Call
from hutch_queue.errors import InvalidOption, PayloadTooLarge
from hutch_queue.names import QueueName, Queues, has_control
from hutch_queue.settings import QueueSettings

MAX_KEY = 200
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewJob:
    """A checked job, ready to be stored.

    Attributes:
        payload: Its arguments as a JSON object.
        due: When it may run, in UTC.
        carried: What the producer's context sends along.
    """

    call: Call[Any] = field(repr=False)
    queue: QueueName
    id: str
    key: str | None = field(repr=False)
    payload: bytes = field(repr=False)
    enqueued_at: datetime
    due: datetime
    carried: Mapping[str, str]

    def log(self, *, created: bool) -> None:
        """Write the line that says it is stored."""
        event = "job queued" if created else "job is queued already"
        _log.info(event, job_id=self.id, queue=self.queue.name, job=self.call.name)


class Intake:
    """Checks what producers hand in."""

    def __init__(self, queues: Queues, settings: QueueSettings) -> None:
        self._queues = queues
        self._limit = settings.payload_limit

    def accept(
        self,
        call: Call[Any],
        *,
        key: str | None = None,
        delay: timedelta | None = None,
        at: datetime | None = None,
    ) -> NewJob:
        """Check a call and its options.

        Raises:
            QueueError: They are refused; see ``Queue.enqueue``.
        """
        queue = self._queues[call.queue]
        _check_key(call, key)
        now = datetime.now(UTC)
        due = _due(call, now, delay, at)
        payload = call.job.codec.encode(call.arguments)
        if len(payload) > self._limit:
            raise PayloadTooLarge(
                f"{call.name} was not enqueued: its arguments have {len(payload)} bytes, "
                f"HUTCH_QUEUE__PAYLOAD_LIMIT allows {self._limit:d}. Store the data elsewhere "
                "and pass its id."
            )
        return NewJob(call, queue, key or _new_id(), key, payload, now, due, carry())


def _new_id() -> str:
    return secrets.token_urlsafe(15)


def _check_key(call: Call[Any], key: str | None) -> None:
    if key is not None and (not key.strip() or len(key) > MAX_KEY or has_control(key)):
        raise InvalidOption(
            f"{call.name}: key={key[:40]!r}; a key has 1 to {MAX_KEY} characters, none of them "
            "a control character."
        )


def _due(call: Call[Any], now: datetime, delay: timedelta | None, at: datetime | None) -> datetime:
    if delay is not None and at is not None:
        raise InvalidOption(f"{call.name}: give `delay` or `at`, not both.")
    if delay is not None:
        if delay < timedelta(0):
            raise InvalidOption(f"{call.name}: delay={delay}; it cannot be negative.")
        return _or_refuse(call, f"delay={delay}", lambda: now + delay)
    if at is None:
        return now
    if at.utcoffset() is None:
        raise InvalidOption(
            f"{call.name}: at={at.isoformat()} has no time zone; "
            "use e.g. datetime(..., tzinfo=UTC)."
        )
    return max(now, _or_refuse(call, f"at={at.isoformat()}", lambda: at.astimezone(UTC)))


def _or_refuse(call: Call[Any], option: str, compute: Callable[[], datetime]) -> datetime:
    try:
        return compute()
    except OverflowError:
        raise InvalidOption(
            f"{call.name}: {option} is beyond the year {MAXYEAR}; give an earlier time."
        ) from None
