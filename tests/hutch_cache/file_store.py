"""A backend that keeps values as files in a folder, for processes of one machine."""

import fcntl
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from hutch_cache import SimpleStore


class FileStore(SimpleStore):
    """Each file has a line with its name and end, then the value."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """Return what is under a name and has not expired."""
        found = self._read(self._path(name))
        return found[1] if found else None

    def put(self, name: str, value: bytes, seconds: float | None) -> None:
        """Write beside the old file, then take its place in one step."""
        end = None if seconds is None else time.time() + seconds
        path = self._path(name)
        fresh = path.with_suffix(".new")
        head = json.dumps({"name": name, "end": end}).encode()
        fresh.write_bytes(head + b"\n" + value)
        os.replace(fresh, path)

    def drop(self, name: str) -> None:
        """Remove a file, if it is there."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterable[str]:
        """List the names; what has expired is removed meanwhile."""
        for path in self._folder.glob("*.value"):
            if found := self._read(path):
                yield found[0]["name"]
            else:
                path.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder's lock: one process at a time."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _path(self, name: str) -> Path:
        digest = sha256(name.encode()).hexdigest()
        return self._folder / f"{digest}.value"

    def _read(self, path: Path) -> tuple[dict[str, Any], bytes] | None:
        try:
            head, _, value = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        known = json.loads(head)
        over = known["end"] is not None and known["end"] <= time.time()
        return None if over else (known, value)
