"""Reload: run a command again whenever the code in the current directory changes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import typer

INTERVAL = 0.3
"""Seconds between two looks at the files."""

Stamps = dict[Path, int]


class Reloader:
    """A command in a process of its own, stopped and started again at each change.

    Signals are passed on. A command that fails is started again at the next change.
    """

    def __init__(self, command: Sequence[str]) -> None:
        """Prepare; ``run`` starts it."""
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = False

    def run(self) -> int:
        """Run until a signal, or until the command ends by itself; returns its exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)
        while True:
            stamps = stamps_below(Path())
            # A group of its own: Ctrl-C reaches it through us, and so only once.
            process = self._process = subprocess.Popen(self._command, process_group=0)  # noqa: S603
            if self._stopping:
                process.terminate()
            code = self._wait(process, stamps)
            if code is not None:
                return code
            typer.echo("The code has changed: starting again.", err=True)

    def _wait(self, process: subprocess.Popen[bytes], stamps: Stamps) -> int | None:
        """Wait for the end, or for a change, which is None; then the process has ended too."""
        while stamps == stamps_below(Path()):
            code = process.poll()
            if code is not None and (code == 0 or self._stopping):
                return code
            time.sleep(INTERVAL)
        process.terminate()
        code = process.wait()
        return code if self._stopping else None

    def _hear(self, number: int, _: FrameType | None) -> None:
        self._stopping = True
        if self._process is not None:
            self._process.send_signal(number)


def stamps_below(folder: Path) -> Stamps:
    """Map each Python file, and ``.env``, to the time of its last change."""
    return dict(_stamps(folder))


def _stamps(folder: Path) -> Iterator[tuple[Path, int]]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _is_foreign(Path(place, name))]
        for name in files:
            if name.endswith(".py") or name == ".env":
                path = Path(place, name)
                with suppress(FileNotFoundError):  # editors replace files: one may be gone by now
                    yield path, path.stat().st_mtime_ns


def _is_foreign(folder: Path) -> bool:
    """Tell hidden folders, libraries and virtual environments, whose code is not the app's."""
    hidden = folder.name.startswith(".") or folder.name in ("node_modules", "__pycache__")
    return hidden or (folder / "pyvenv.cfg").exists()
