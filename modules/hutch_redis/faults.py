"""Faults: commands that failed, counted by the kind of key that they were for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from redis.asyncio import Redis as Client
from redis.exceptions import NoScriptError, RedisError

from hutch.contributions import Reading

NAME = "hutch_redis_errors_total"
HELP = {NAME: "Commands that failed, by the first part of their key."}
NO_KEY = "none"
_SCRIPTS = frozenset({"EVAL", "EVALSHA"})


class Faults:
    """Counts in this process."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, command: tuple[Any, ...], error: Exception) -> None:
        """Count a command that failed; a script that is not known yet has not."""
        if not isinstance(error, NoScriptError):
            self._counts[self._kind(command), type(error).__name__] += 1

    def readings(self) -> Iterable[Reading]:
        """Return all counts."""
        return [
            Reading(NAME, count, (("keys", kind), ("error", error)))
            for (kind, error), count in self._counts.items()
        ]

    def _kind(self, command: tuple[Any, ...]) -> str:
        place = 3 if str(command[0]).upper() in _SCRIPTS else 1
        key = command[place] if len(command) > place else ""
        if not isinstance(key, str) or not key.startswith(self._prefix):
            return NO_KEY
        return key.removeprefix(self._prefix).partition(":")[0]


class CountingClient(Client):
    """A client whose failures are counted.

    It calls without redis-py's retries, of which it has none, and without its instruments, which
    are a twentieth of a call's time.
    """

    faults: Faults | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a command.

        Raises:
            redis.exceptions.RedisError: It failed.
        """
        try:
            return await self._execute(args, options)
        except (RedisError, OSError) as error:
            if self.faults is not None:
                self.faults.add(args, error)
            raise

    async def _execute(self, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        client: Any = super()
        if self.single_connection_client:
            return await client.execute_command(*args, **options)
        pool: Any = self.connection_pool
        connection = await pool.get_connection()
        try:
            return await client._send_command_parse_response(connection, args[0], *args, **options)
        finally:
            await pool.release(connection)
