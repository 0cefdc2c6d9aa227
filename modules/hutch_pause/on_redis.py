"""The switch on Redis: each call is one Lua script, which publishes its event itself.

Where ``Events`` do not hear the server that keeps the pauses, the script returns its events, and
they are told from here: then a process that dies in between pauses without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError, ResponseError

from hutch_pause.checks import check_limit, length_of, moment, past, time_of
from hutch_pause.errors import PauseUnavailable
from hutch_pause.event import PauseEvent, Teller
from hutch_pause.names import ALL, Names
from hutch_pause.settings import PauseSettings
from hutch_pause.state import Gate, Overview, PauseState
from hutch_pubsub import Events
from hutch_ratelimit import FixedWindow
from hutch_redis import Redis, Script, cannot_serve, load_script

Arg = str | int
FAILURES = (RedisError, OSError)
"""What a call can end with; some of it means that nobody knows the state now."""
MOST = 100
"""How many pauses that ran out one trip tells."""

_gate, _state, _pause, _resume, _all, _list, _announce = (
    load_script("hutch_pause", name)
    for name in ("gate", "state", "pause", "resume", "all", "list", "announce")
)


class RedisSwitch:
    """Keeps pauses in Redis; see ``PauseSwitch``.

    Args:
        redis: Its ``state`` role.
        settings: Keys, channel, default length.
        clock: The time in microseconds, for tests; else the server's own.
        events: Where pauses are told; by default the scripts publish them on the server.
    """

    def __init__(
        self,
        redis: Redis,
        settings: PauseSettings,
        clock: Callable[[], int] | None = None,
        events: Events | None = None,
    ) -> None:
        self._redis = redis
        self._settings = settings
        self._teller = Teller(settings, events) if events else None
        # Like every channel under the app's prefix, where `hutch_pubsub` hears it.
        self._channel = "" if events else redis.key(*settings.channel.split(":"))
        self._names = Names(settings)
        self._clock = clock
        key = redis.key
        self._common = [key(*self._names.all()), key("pauses", "ends"), key("pauses", "reasons")]

    async def pause(
        self,
        subject: str,
        *,
        duration: timedelta | None = None,
        until: datetime | None = None,
        reason: str | None = None,
        only_extend: bool = False,
    ) -> PauseState:
        """Pause a subject; see ``PauseSwitch.pause``."""
        self._names.check(subject)
        length, ends = time_of(duration, until, self._settings.duration)
        args: list[Arg] = [
            "" if length is None else length,
            "" if ends is None else ends,
            reason or "",
            int(only_extend),
        ]
        reply = await self._change(_pause, subject, self._keys(subject), *args)
        if reply is None:
            raise past(until)
        return PauseState("paused", subject, moment(reply[0]), None, _text(reply[1]))

    async def resume(self, subject: str, *, reason: str | None = None) -> bool:
        """End a subject's pause; see ``PauseSwitch.resume``."""
        self._names.check(subject)
        keys = [*self._keys(subject), self._redis.key(*self._names.counter(subject))]
        return bool(await self._change(_resume, subject, keys, reason or ""))

    async def pause_all(self, *, reason: str | None = None) -> PauseState:
        """Pause all; see ``PauseSwitch.pause_all``."""
        since = await self._change(_all, "", [], "pause", reason or "", ALL)
        return PauseState("all", None, None, moment(since), reason or None)

    async def resume_all(self, *, reason: str | None = None) -> bool:
        """End the pause of all; see ``PauseSwitch.resume_all``."""
        return bool(await self._change(_all, "", [], "resume", reason or "", ALL))

    async def state(self, subject: str) -> PauseState:
        """Tell whether something may be done; see ``PauseSwitch.state``."""
        self._names.check(subject)
        try:
            reply = await self._run(_state, subject, self._keys(subject))
        except PauseUnavailable:
            return PauseState("unknown", subject)
        return _read(subject, reply)

    async def still_allowed(self, subject: str) -> bool:
        """Tell whether something may be done, in a word; see ``PauseSwitch.still_allowed``."""
        return (await self.state(subject)).allowed

    async def gate(
        self,
        subject: str,
        limit: FixedWindow,
        *,
        duration: timedelta | None = None,
        reason: str = "rate_limit",
    ) -> Gate:
        """Count a message and tell whether it may pass; see ``PauseSwitch.gate``."""
        self._names.check(subject)
        check_limit(limit)
        length = length_of(self._settings.duration if duration is None else duration)
        keys = [*self._keys(subject), self._redis.key(*self._names.counter(subject))]
        args = limit.most, limit.milliseconds, length, reason
        try:
            reply = await self._change(_gate, subject, keys, *args)
        except PauseUnavailable:
            return Gate(PauseState("unknown", subject))
        return Gate(_read(subject, reply), reply[3], tripped=reply[0] == b"tripped")

    async def list(self, *, limit: int = 500) -> Sequence[PauseState]:
        """List the pauses; see ``PauseSwitch.list``."""
        since, reason, _, *rows = await self._run(_list, "", [], limit)
        found = [PauseState("all", None, None, moment(since), _text(reason))] if since else []
        for at in range(0, len(rows), 3):
            subject, ends, why = rows[at : at + 3]
            found.append(PauseState("paused", subject.decode(), moment(ends), None, _text(why)))
        return found

    async def overview(self) -> Overview:
        """Count the pauses; see ``PauseSwitch.overview``."""
        since, _, count, *_ = await self._run(_list, "", [], 0)
        return Overview(moment(since), count)

    async def announce(self) -> float | None:
        """Tell which pauses have run out; see ``PauseSwitch.announce``."""
        after = int(await self._change(_announce, "", []))
        while after == 0:
            try:
                client: Any = self._redis.state
                first: Sequence[bytes] = await client.zrange(self._common[1], 0, MOST - 1)
            except FAILURES as error:
                if not cannot_serve(error):
                    raise
                raise _unavailable(error) from error
            subjects = [name.decode() for name in first]
            keys = [self._keys(subject)[0] for subject in subjects]
            after = int(await self._change(_announce, "", keys, *subjects))
        return None if after < 0 else after / 1000

    def _keys(self, subject: str) -> Sequence[str]:
        return [self._redis.key(*self._names.subject(subject))]

    async def _change(self, script: Script, subject: str, keys: Sequence[str], *args: Arg) -> Any:
        """Run a script that may tell something."""
        reply = await self._run(script, subject, keys, *args)
        if self._teller is None:
            return reply
        result, told = reply
        for text in told:
            await self._teller(PauseEvent.model_validate_json(text))
        return result

    async def _run(self, script: Script, subject: str, keys: Sequence[str], *args: Arg) -> Any:
        now: Arg = "" if self._clock is None else self._clock()
        first = now, self._channel, subject
        try:
            return await script(self._redis.state, [*self._common, *keys], [*first, *args])
        except FAILURES as error:
            if not cannot_serve(error):
                raise
            raise _unavailable(error) from error


def _read(subject: str, reply: list[Any]) -> PauseState:
    kind, until, since, _, reason = reply
    match kind:
        case b"running":
            return PauseState("running", subject)
        case b"all":
            return PauseState("all", subject, None, moment(since), _text(reason))
        case _:
            return PauseState("paused", subject, moment(until), None, _text(reason))


def _text(reason: bytes) -> str | None:
    return reason.decode() or None


def _unavailable(error: Exception) -> PauseUnavailable:
    # Where all kinds of errors are one class, the server's word tells which it is.
    word = str(error).partition(" ")[0]
    name = word if type(error) is ResponseError else type(error).__name__
    return PauseUnavailable(
        f"Redis did not answer ({name}); what was asked may not have happened. "
        "Look at the state, and try again."
    )
