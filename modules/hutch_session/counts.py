"""Counts: what happened to sessions in this process."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from hutch.contributions import Reading

HELP = {
    "hutch_session_started_total": "Sessions that began.",
    "hutch_session_ended_total": "Sessions that somebody ended.",
    "hutch_session_unknown_total": "Ids that were made up, or whose session had ended.",
    "hutch_session_merged_total": "Writes that were repeated since another one was faster.",
}


@dataclass(slots=True)
class Counts:
    """How often something happened since the process began."""

    started: int = 0
    ended: int = 0
    unknown: int = 0
    merged: int = 0


async def read_counts(counts: Counts) -> list[Reading]:
    """Read the counters."""
    return [Reading(f"hutch_session_{name}_total", value) for name, value in asdict(counts).items()]
