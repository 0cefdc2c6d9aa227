"""Record: a job as one line of JSON, in SAQ's fields.

It begins with ``queued`` and, unless it is 0, ``priority``: the scripts read these two
without parsing the rest. Arguments travel under one keyword, ``data``. What SAQ has no
field for stands in ``meta``. A tail after a newline closes the record of an ended job.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from pydantic_core import from_json

from hutch_queue.produce.intake import NewJob

Json = dict[str, Any]

NOTHING = "null"
"""The result of a job that returns nothing, which takes no room in its record."""


def write_record(new: NewJob, extra: Mapping[str, Any] | None = None) -> str:
    """Write the record of a new job.

    Args:
        new: The checked job.
        extra: More of ``meta``: the calls that follow, the group it belongs to.
    """
    meta = _meta(new)
    if extra:
        meta.update(extra)
    priority = f',"priority":{new.priority}' if new.priority else ""
    end = f',"meta":{_dumps(meta)}}}' if meta else "}"
    return (
        f'{{"queued":{new.queued}{priority},"function":{_quoted(new.call.name)},'
        f'"queue":{_quoted(new.queue.name)},"key":{json.dumps(new.id)},'
        f'"kwargs":{{"data":{new.payload.decode()}}},'
        f'"timeout":{new.timeout!r},"retries":{new.attempts}{end}'
    )


def read_record(record: bytes | str) -> Json:
    """Read a record, with or without its tail.

    Raises:
        ValueError: It is not one: no JSON object, or without a function or a time.
    """
    found: Json = from_json(record, cache_strings="keys")
    if "function" not in found or "queued" not in found:
        raise ValueError("a record has a function and the time at which it was queued")
    return found


def read_tail(record: bytes) -> Json:
    """Read how a job ended without the rest of its record; nothing of one that has not."""
    _, closed, ending = record.rpartition(b"\n,")
    found: Json = from_json(b"{" + ending) if closed else {}
    return found


def later(then: list[Json], queued: int) -> tuple[str, Json, str]:
    """Take the first of the jobs that follow one another.

    Returns:
        Its queue, its fields, and its record, which holds the rest.
    """
    first, *rest = then
    fields: Json = {**first, "queued": queued}
    if rest:
        fields["meta"] = {**meta_of(first), "then": rest}
    return fields["queue"], fields, _dumps(fields)


def meta_of(record: Json) -> Json:
    """Return what stands in a record beside SAQ's fields."""
    meta: Json | None = record.get("meta")
    return meta or {}


def arguments_of(record: Json) -> Any:
    """Return a job's arguments as they were stored."""
    kwargs: Json | None = record.get("kwargs")
    return (kwargs or {}).get("data")


def tail(
    status: str,
    *,
    attempts: int = 0,
    started: int = 0,
    completed: int = 0,
    worker: str = "",
    result: str = NOTHING,
    error: str | None = None,
) -> str:
    """Write what closes a record: how the job ended.

    Args:
        status: SAQ's: complete, failed or aborted.
        attempts: How many runs were counted.
        started: Epoch ms; 0 for a job that never ran.
        completed: Epoch ms.
        worker: Who ran it last.
        result: What it returned, as JSON.
        error: Why it failed.
    """
    text = f',"attempts":{attempts},"completed":{completed},"status":"{status}"'
    if started:
        text += f',"started":{started}'
    if worker:
        text += f',"worker_id":"{worker}"'
    if result != NOTHING:
        text += f',"result":{result}'
    if error is not None:
        text += f',"error":{_dumps(error)}'
    return text + "}"


def error_line(attempt: int, at: int, error: str) -> str:
    """Write one attempt's error as the history keeps it."""
    return _dumps({"attempt": attempt, "at": at, "error": error})


def read_lines(lines: str) -> Iterable[Json]:
    """Read a history: one JSON object a line."""
    return (json.loads(line) for line in lines.split("\n") if line)


def _meta(new: NewJob) -> Json:
    meta: Json = {}
    if new.keyed:
        meta["keyed"] = True
    if new.carried:
        meta["carried"] = dict(new.carried)
    if new.expires is not None:
        meta["expires"] = new.expires
    if new.delays is not None:
        meta["delays"] = new.delays
    return meta


@lru_cache(maxsize=1024)
def _quoted(name: str) -> str:
    return json.dumps(name)


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
