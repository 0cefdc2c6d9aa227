"""Keep one server process alive: start, watch, restart, stop."""

import asyncio
import itertools
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from hutch_redis.errors import EmbeddedError
from hutch_redis.patience import pause_before

START_SECONDS = 30.0
STOP_SECONDS = 10.0
_log = structlog.get_logger(__name__)


class Supervisor:
    """A child process that is restarted when it dies and ends when we do.

    Args:
        binary: The server program; it reads its configuration from standard input.
        configuration: The text that it reads: nothing secret stands in its arguments.
        answers: Tells whether the server answers by now.
        log: The file that takes what the server prints.
        inherit: A file descriptor that the server keeps open.
    """

    def __init__(
        self,
        binary: Path,
        configuration: str,
        *,
        answers: Callable[[], Awaitable[bool]],
        log: Path,
        inherit: int,
    ) -> None:
        self._command = [*_dies_with_parent(), str(binary), "-"]
        self._configuration = configuration.encode()
        self._answers = answers
        self._log = log
        self._inherit = inherit
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process id of the server that runs now."""
        return self._running.pid

    async def start(self) -> None:
        """Start the process, wait until it answers, and watch it from then on.

        Raises:
            EmbeddedError: It ended, or did not answer within 30 seconds.
        """
        self._log.unlink(missing_ok=True)
        try:
            await self._spawn()
        except BaseException:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._restart_when_dead(), name="embedded redis")

    async def stop(self) -> None:
        """Stop watching, then the process: politely, and after 10 seconds by force."""
        if self._watch:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        await self._end()

    async def _end(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    @property
    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise EmbeddedError("the embedded server is not started; use it in `async with`.")
        return self._process

    async def _restart_when_dead(self) -> None:
        while True:
            code = await self._running.wait()
            _log.warning("embedded redis died, restarting it", exit_code=code)
            await self._respawn()
            _log.info("embedded redis is back", pid=self.pid)

    async def _respawn(self) -> None:
        for attempt in itertools.count(1):
            try:
                await self._spawn()
                break
            except (EmbeddedError, OSError) as error:
                if attempt == 1:
                    _log.error("embedded redis cannot restart, trying on", reason=str(error))
            await self._end()
            await asyncio.sleep(pause_before(attempt))

    async def _spawn(self) -> None:
        source = _pipe(self._configuration)
        try:
            with self._log.open("ab") as output:
                # From the loop's own thread: the death signal fires when the
                # *thread* that spawned the child ends. A session of its own
                # keeps Ctrl-C in the terminal from stopping it before the app.
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=source,
                    stdout=output,
                    stderr=output,
                    pass_fds=[self._inherit],
                    start_new_session=True,
                )
        finally:
            os.close(source)
        await self._until_ready(self._process)

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers():
                    if process.returncode is not None:
                        raise EmbeddedError(f"the embedded server ended at once: {self._last()}")
                    await asyncio.sleep(0.01)
        except TimeoutError as error:
            raise EmbeddedError(
                f"the embedded server did not answer in {START_SECONDS:.0f} s: {self._last()}"
            ) from error

    def _last(self) -> str:
        lines = self._log.read_text(errors="replace").split("\n")
        return " | ".join(line.strip() for line in lines[-6:] if line.strip()) or "it said nothing"


def _dies_with_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _pipe(content: bytes) -> int:
    """Return the reading end of a pipe that holds ``content`` (less than its 64 KiB)."""
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return reading
