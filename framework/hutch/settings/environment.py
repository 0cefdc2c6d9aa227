"""The process's environment and the ``.env`` file, seen as one mapping."""

from __future__ import annotations

import os
from dataclasses import dataclass

from dotenv import dotenv_values

PREFIX = "HUTCH_"
NESTED = "__"
ENV_FILE = ".env"


@dataclass(frozen=True, slots=True)
class Entry:
    """A variable that is set, and where."""

    name: str
    value: str
    place: str


def read_environment() -> dict[str, Entry]:
    """Read all variables that are set; the environment wins over ``.env``.

    An empty value counts as not set, as Compose files and ``.env.example`` write it.
    """
    entries = {
        name: Entry(name, value, ENV_FILE)
        for name, value in dotenv_values(ENV_FILE, encoding="utf-8").items()
        if value
    }
    for name, value in os.environ.items():
        if value:
            entries[name] = Entry(name, value, "the environment")
    return entries
