"""The demo's data folder, which one demo uses at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from demo.processes import DemoError


class DemoFolder:
    """Claims a folder; the claim ends with this process, however that ends."""

    def __init__(self, path: Path) -> None:
        """Name the folder."""
        self.path = path.absolute()

    def __enter__(self) -> Self:
        """Claim it.

        Raises:
            DemoError: Another demo uses it.
        """
        (self.path / "logs").mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(self._lock, 20, 0).decode()
            os.close(self._lock)
            raise DemoError(
                f"A demo already runs on {self.path} (process {owner}): stop it with Ctrl-C, "
                "or give this one a folder of its own: ./dev demo --data .data/second --port 8001"
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        os.close(self._lock)

    def log(self, name: str) -> Path:
        """Name the log file of a process."""
        return self.path / "logs" / f"{name}.log"
