"""Snapshot: all there is of a queue, read from Redis in one step or from the model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis as Client

from hutch_queue.storage.memory_store import Places, SortedSet

SETS = ("wait", "delayed", "complete", "failed", "workers", "unique", "due", "starts")
HASHES = (
    "jobs",
    "active",
    "tries",
    "info",
    "meta",
    "errors",
    "progress",
    "log",
    "aborting",
    "groups",
    "schedules",
)
SPARSE = ("tries", "errors", "progress", "log", "aborting")
TOTALS = ("complete", "failed", "retry", "snooze")

_DUMP = f"""
local found = {{}}
for _, q in ipairs(KEYS) do
  for name in string.gmatch('{" ".join(SETS)}', '%S+') do
    found[#found + 1] = redis.call('ZRANGE', q .. name, 0, -1, 'WITHSCORES')
  end
  for name in string.gmatch('{" ".join(HASHES)}', '%S+') do
    found[#found + 1] = redis.call('HGETALL', q .. name)
  end
  found[#found + 1] = redis.call('LLEN', q .. 'wake')
end
return found
"""


@dataclass(slots=True)
class Snapshot:
    """All there is of a queue.

    Attributes:
        sets: Scores by id by the key's name; in the order of the set.
        hashes: Values by field by the key's name; the errors are parsed.
        wake: How many tokens there are.
    """

    sets: dict[str, dict[str, float]]
    hashes: dict[str, dict[str, Any]]
    wake: int

    @property
    def holders(self) -> dict[str, tuple[int, str]]:
        """Attempt and worker of the active jobs."""
        found: dict[str, tuple[int, str]] = {}
        for id, lease in self.hashes["active"].items():
            attempt, _, worker = lease.partition(":")
            found[id] = int(attempt), worker
        return found

    @property
    def places(self) -> list[str]:
        """The ids in the five places, as often as they are there."""
        sets = ("wait", "delayed", "complete", "failed")
        return [id for name in sets for id in self.sets[name]] + list(self.hashes["active"])

    @property
    def live(self) -> set[str]:
        """The ids of jobs that have not ended."""
        return {*self.sets["wait"], *self.sets["delayed"], *self.hashes["active"]}


async def read(client: Client, bases: Sequence[str]) -> list[Snapshot]:
    """Read queues from Redis."""
    reply: Any = await client.eval(_DUMP, len(bases), *bases)
    each = len(SETS) + len(HASHES) + 1
    return [_parsed(reply[i : i + each]) for i in range(0, len(reply), each)]


def _parsed(reply: list[Any]) -> Snapshot:
    *found, wake = reply
    flat = [[value.decode() for value in values] for values in found]
    sets, hashes = flat[: len(SETS)], flat[len(SETS) :]
    scores = [dict(zip(values[::2], map(float, values[1::2]), strict=True)) for values in sets]
    fields = [dict(zip(values[::2], values[1::2], strict=True)) for values in hashes]
    return _snapshot(
        dict(zip(SETS, scores, strict=True)), dict(zip(HASHES, fields, strict=True)), wake
    )


def of_model(q: Places) -> Snapshot:
    """Read the model, in the words of Redis."""
    hashes: dict[str, dict[str, Any]] = {
        name: dict(getattr(q, name)) for name in HASHES if name not in ("groups", "active", "tries")
    }
    hashes["meta"] = {name: str(value) for name, value in q.meta.items()}
    hashes["active"] = {id: f"{attempt}:{worker}" for id, (attempt, worker) in q.active.items()}
    hashes["tries"] = {id: ":".join(map(str, tries)) for id, tries in q.tries.items()}
    hashes["groups"] = _groups(q)
    return _snapshot({name: _scores(getattr(q, name)) for name in SETS}, hashes, int(q.wake))


def _snapshot(
    sets: dict[str, dict[str, float]], hashes: dict[str, dict[str, Any]], wake: int
) -> Snapshot:
    hashes["errors"] = {
        id: [json.loads(line) for line in lines.split("\n")]
        for id, lines in hashes["errors"].items()
    }
    hashes["groups"] = {
        name: value
        for name, value in hashes["groups"].items()
        if not (name.endswith(":failed") and value == "0")
    }
    return Snapshot(sets, hashes, wake)


def _scores(found: SortedSet) -> dict[str, float]:
    return {id: found.score(id) or 0.0 for id in found.first()}


def _groups(q: Places) -> dict[str, str]:
    fields: dict[str, str] = {}
    for id, group in q.groups.items():
        left, failed = q.left[id]
        fields[id] = str(left)
        fields[f"{id}:failed"] = str(failed)
        for name, entry in (("then", group.then), ("otherwise", group.otherwise)):
            if entry:
                fields[f"{id}:{name}"] = f"{entry.id} {entry.priority} {entry.record}"
    return fields
