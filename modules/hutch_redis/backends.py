"""Backends: the choice between Redis and memory, the same in every module."""

from __future__ import annotations

from typing import Literal

from hutch.settings import CoreSettings, Profile

Backend = Literal["redis", "memory"]
"""What a module keeps its things in."""


def usual_backend(chosen: Backend | None, core: CoreSettings) -> Backend:
    """Name a backend: the chosen one, else memory in tests and Redis anywhere else."""
    if chosen is not None:
        return chosen
    return "memory" if core.profile is Profile.TEST else "redis"
