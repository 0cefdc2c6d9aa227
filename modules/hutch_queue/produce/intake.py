"""Intake: checks a call and its options, and makes the job that is stored."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from hutch.context import carry
from hutch_queue.declare.calls import Call
from hutch_queue.declare.options import PRIORITIES
from hutch_queue.errors import InvalidOption, PayloadTooLarge
from hutch_queue.names import QueueName, Queues, has_control
from hutch_queue.settings import QueueSettings
from hutch_queue.storage.store import Entry, Mode

MAX_KEY_BYTES = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = timedelta(days=36500)
"""The longest delay, expiry or window: what a calendar can hold."""


@dataclass(slots=True)  # not frozen: made for every job, and that costs thrice as much
class NewJob:
    """A checked job, ready to be stored.

    Attributes:
        payload: Its arguments as a JSON object.
        queued: When it was handed in, epoch ms.
        due: As in ``Entry``.
        window: As in ``Entry``.
        expires: Epoch ms after which it is not started any more.
        delays: Seconds between its attempts, where they are not the job's own.
        carried: What the producer's context sends along.
    """

    call: Call[Any] = field(repr=False)
    queue: QueueName
    id: str
    keyed: bool
    payload: bytes = field(repr=False)
    queued: int
    due: int
    priority: int
    attempts: int
    timeout: float
    mode: Mode
    window: int
    expires: int | None
    delays: list[float] | None
    carried: Mapping[str, str]

    def entry(self, record: str) -> Entry:
        """Make what the store takes."""
        return Entry(self.id, record, self.due, self.priority, self.mode, self.window)


class Intake:
    """Checks what producers hand in."""

    def __init__(self, queues: Queues, settings: QueueSettings) -> None:
        self._queues = queues
        self._limit = settings.payload_limit

    def accept(self, call: Call[Any], *, mode: Mode = "new") -> NewJob:
        """Check a call and its options.

        Args:
            call: The job and its arguments.
            mode: ``once`` stores no job whose id is that of a kept record.

        Raises:
            QueueError: They are refused; see ``Queue.enqueue``.
        """
        queue = self._queues[call.queue]
        options, declared = call.options, call.job.options
        payload = call.job.codec.encode(call.arguments)
        if len(payload) > self._limit:
            raise PayloadTooLarge(
                f"{call.name} was not enqueued: its arguments have {len(payload)} bytes, "
                f"HUTCH_QUEUE__PAYLOAD_LIMIT allows {self._limit:d}. Store the data elsewhere "
                "and pass its id."
            )
        if not options:
            now = _now()
            return NewJob(
                call, queue, _new_id(), False, payload, now, 0, declared.priority,
                declared.attempts, declared.timeout, mode, 0, None, None, carry(),
            )  # fmt: skip
        return self._with_options(call, queue, payload, mode)

    def _with_options(
        self, call: Call[Any], queue: QueueName, payload: bytes, mode: Mode
    ) -> NewJob:
        options, now = call.options, _now()
        key = options.get("key")
        _check_key(call, key)
        attempts = _attempts(call)
        due = _due(call, now)
        return NewJob(
            call=call,
            queue=queue,
            id=key or _new_id(),
            keyed=key is not None,
            payload=payload,
            queued=now,
            due=due,
            priority=_priority(call),
            attempts=attempts,
            timeout=_timeout(call),
            mode="replace" if options.get("replace") else mode,
            window=_milliseconds(call, "unique_for") or 0,
            expires=_expires(call, now, due),
            delays=_delays(call, attempts),
            carried=carry(),
        )


def _now() -> int:
    return time.time_ns() // 1_000_000


def _new_id() -> str:
    return secrets.token_urlsafe(15)


def _refuse(call: Call[Any], option: str, why: str) -> NoReturn:
    raise InvalidOption(f"{call.name}: {option}; {why}")


def _check_key(call: Call[Any], key: str | None) -> None:
    if key is None:
        for option in ("replace", "unique_for"):
            if value := call.options.get(option):
                _refuse(call, f"{option}={value}", "it needs a key to go by.")
        return
    # A lone surrogate has no bytes; has_control finds it.
    wrong = not key.strip() or has_control(key) or len(key.encode()) > MAX_KEY_BYTES
    if wrong:
        _refuse(
            call,
            f"key={key[:40]!r}",
            f"a key has 1 to {MAX_KEY_BYTES} bytes as UTF-8, none of them a control character.",
        )


def _due(call: Call[Any], now: int) -> int:
    """Return when the job is due, as ``Entry`` wants it: a delay goes by the store's clock."""
    at = call.options.get("at")
    delay = _milliseconds(call, "delay")
    if at is None:
        return -(delay or 0)
    if delay is not None:
        raise InvalidOption(f"{call.name}: give `delay` or `at`, not both.")
    if at.utcoffset() is None:
        _refuse(call, f"at={at.isoformat()}", "give it a time zone: datetime(..., tzinfo=UTC).")
    due = _epoch(call, at)
    return due if due > now else 0


def _epoch(call: Call[Any], at: datetime) -> int:
    try:
        due = at.astimezone(UTC)
    except (OverflowError, ValueError):
        _refuse(call, f"at={at.isoformat()}", "no calendar has that time.")
    return -((EPOCH - due) // timedelta(milliseconds=1))  # rounded up


def _milliseconds(call: Call[Any], option: str) -> int | None:
    duration: timedelta | None = call.options.get(option)  # type: ignore[assignment]
    if duration is None:
        return None
    if not timedelta(0) <= duration <= LONGEST:
        _refuse(call, f"{option}={duration}", f"give 0 to {LONGEST.days} days.")
    return math.ceil(duration / timedelta(milliseconds=1))


def _expires(call: Call[Any], now: int, due: int) -> int | None:
    after = _milliseconds(call, "expires")
    if after is None:
        return None
    return after + (due if due > 0 else now - due)


def _priority(call: Call[Any]) -> int:
    priority = call.options.get("priority", call.job.options.priority)
    if priority not in PRIORITIES:
        _refuse(call, f"priority={priority}", "give a whole number from -100 to 100.")
    return priority


def _attempts(call: Call[Any]) -> int:
    attempts = call.options.get("attempts", call.job.options.attempts)
    if attempts < 1:
        _refuse(call, f"attempts={attempts}", "a job runs at least once.")
    return attempts


def _timeout(call: Call[Any]) -> float:
    timeout = call.options.get("timeout", call.job.options.timeout)
    if not 0 < timeout < math.inf:
        _refuse(call, f"timeout={timeout}", "give seconds above 0.")
    return timeout


def _delays(call: Call[Any], attempts: int) -> list[float] | None:
    """Write another backoff as numbers, since functions do not travel."""
    backoff = call.options.get("backoff")
    if backoff is None:
        return None
    delays = [backoff(attempt) for attempt in range(1, min(attempts, 100))]
    if not all(0 <= delay < math.inf for delay in delays):
        _refuse(call, f"backoff={backoff}", f"it says {delays}; seconds are finite, none negative.")
    return delays
