"""Child processes that never outlive the demo."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 15


class DemoError(Exception):
    """The demo cannot go on; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process of the demo.

    Attributes:
        name: What the demo calls it.
        log: Where it writes.
    """

    name: str
    log: Path
    process: asyncio.subprocess.Process

    def check(self) -> None:
        """Tell that it ended, when it did.

        Raises:
            DemoError: It ended; the message has its last lines.
        """
        if self.process.returncode is not None:
            lines = self.log.read_text(errors="replace").splitlines()[-12:]
            raise DemoError(
                f"{self.name} ended with exit code {self.process.returncode}; "
                f"{self.log} ends with:\n  " + "\n  ".join(lines)
            )


@asynccontextmanager
async def child(
    name: str, log: Path, module: str, arguments: Sequence[str], env: Mapping[str, str]
) -> AsyncGenerator[Child]:
    """Run ``python -m module arguments`` until the block ends, then stop it in peace.

    When the demo itself is killed, the child is killed with it (on Linux).
    """
    command = [*_killed_with_parent(), sys.executable, "-m", module, *arguments]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | dict(env),
            # Ctrl-C is for the demo, which then stops its children in order.
            start_new_session=True,
        )
    try:
        yield Child(name, log, process)
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _killed_with_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
