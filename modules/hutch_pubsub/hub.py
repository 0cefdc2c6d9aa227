"""Hub: the one connection on which this process hears channels, for all subscribers.

It is made for the first subscriber, and made again whenever it is lost; who hears something
is told of the loss once its channel is heard again.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import structlog

from hutch_pubsub.board import Board
from hutch_pubsub.errors import EventsUnavailable
from hutch_pubsub.names import is_pattern
from hutch_redis import AWAY, Redis

LONGEST_PAUSE = 2.0
"""Seconds between two attempts to connect."""
MOST = 500
"""How many names one command subscribes to."""

_log = structlog.get_logger(__name__)


class Hub:
    """Subscribes to what is on the board, and hands over what comes.

    Args:
        silence: Seconds without a word after which the server is asked for one, and as long
            again until it counts as lost.
    """

    def __init__(self, redis: Redis, board: Board, silence: float) -> None:
        self._pool: Any = redis.pubsub.connection_pool
        self._timeout = redis.timeout
        self._board = board
        self._silence = silence
        self._connection: Any = None
        self._writing = asyncio.Lock()
        self._standing: set[str] = set()
        self._lost: set[str] = set()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._heard = False
        self._away_since: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether channels are heard, or none are to be."""
        return self._connection is not None or not len(self._board)

    async def hold(self, names: Sequence[str]) -> None:
        """Make sure that these names, which are on the board, are heard.

        Raises:
            EventsUnavailable: The server did not confirm it in time.
        """
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="events")
        missing = [name for name in names if name not in self._standing]
        if not missing:
            return
        confirmed = [self._confirmed.setdefault(name, asyncio.Event()) for name in missing]
        try:
            async with asyncio.timeout(self._timeout):
                await self._send("SUBSCRIBE", missing)
                for one in confirmed:
                    await one.wait()
        except AWAY:
            raise EventsUnavailable(
                "no subscription: Redis did not confirm it within "
                f"{self._timeout:g} s. Try again when it is back."
            ) from None

    async def let_go(self, names: Sequence[str]) -> None:
        """Hear these names no longer, where nobody has put them on the board again."""
        self._standing.difference_update(names)
        gone = [name for name in names if name not in self._board]
        self._lost.difference_update(gone)
        for name in gone:
            self._confirmed.pop(name, None)
        with suppress(*AWAY):
            await self._send("UNSUBSCRIBE", gone)

    async def close(self) -> None:
        """Close the connection."""
        if self._task is not None:
            await _end(self._task)

    async def _send(self, command: str, names: Iterable[str]) -> None:
        """Send a command about names; without a connection its return sends them all."""
        names = list(names)
        async with self._writing:
            for kind, chosen in (("", False), ("P", True)):
                some = [name for name in names if is_pattern(name) is chosen]
                for start in range(0, len(some), MOST):
                    if self._connection is not None:
                        part = some[start : start + MOST]
                        await self._connection.send_command(kind + command, *part)

    async def _run(self) -> None:
        attempt = 0
        while True:
            try:
                await self._serve()
            except Exception as error:
                attempt = 0 if self._standing else attempt + 1
                self._went(error)
            pause = min((attempt + 1) * 0.05, LONGEST_PAUSE)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311

    async def _serve(self) -> None:
        """Connect, subscribe to what is on the board, and read until the connection is lost."""
        connection = self._pool.make_connection()
        try:
            await connection.connect()
            self._connection = connection
            parts = [
                asyncio.create_task(self._read(connection), name="events reader"),
                asyncio.create_task(self._watch(connection), name="events watch"),
            ]
            try:
                await self._send("SUBSCRIBE", self._board)
                done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                for part in done:
                    part.result()
            finally:
                for part in parts:
                    await _end(part)
        finally:
            self._connection = None
            await connection.disconnect(nowait=True)

    async def _read(self, connection: Any) -> None:
        board = self._board
        while True:
            reply = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
            self._heard = True
            match reply:
                case [b"message", name, text]:
                    board.tell(name.decode(), text)
                case [b"pmessage", pattern, name, text]:
                    board.tell_by_pattern(pattern.decode(), name.decode(), text)
                case [b"subscribe" | b"psubscribe", name, _]:
                    self._stands(name.decode())
                case _:
                    pass

    async def _watch(self, connection: Any) -> None:
        """Notice a server that hangs, or is gone without a word."""
        while True:
            await asyncio.sleep(self._silence)
            if not self._heard:
                async with self._writing:
                    await connection.send_command("PING")
                await asyncio.sleep(self._silence)
                if not self._heard:
                    raise ConnectionError(f"no word for {2 * self._silence:g} s")
            self._heard = False

    def _stands(self, name: str) -> None:
        self._came()
        if name not in self._board:
            return
        self._standing.add(name)
        if name in self._lost:
            self._lost.discard(name)
            self._board.lost(name)
        if confirmed := self._confirmed.pop(name, None):
            confirmed.set()

    def _went(self, error: Exception) -> None:
        self._lost |= self._standing
        self._standing.clear()
        if self._away_since is None:
            self._away_since = time.monotonic()
            _log.warning("events are not heard", error=type(error).__name__)

    def _came(self) -> None:
        if self._away_since is not None:
            seconds = round(time.monotonic() - self._away_since, 3)
            self._away_since = None
            _log.info("events are heard again", seconds=seconds)


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # seen, or asyncio complains
