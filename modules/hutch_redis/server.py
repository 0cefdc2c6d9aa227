"""One server as an app sees it: checked at start, or when it appears."""

import asyncio

import structlog
from redis.asyncio import Redis as Client

from hutch_redis.address import shown
from hutch_redis.boot import ask, refusal, refused_by, warnings
from hutch_redis.errors import RedisRefused
from hutch_redis.patience import AWAY, Patience

_log = structlog.get_logger(__name__)


class Server:
    """A server behind one URL, with the boot check that it must pass once.

    Args:
        url: Its address.
        client: A fast client of it.
        keeps_state: Whether it holds what must not be evicted.
        strict: Whether warnings of the boot check are refusals.
    """

    def __init__(self, url: str, client: Client, *, keeps_state: bool, strict: bool) -> None:
        self.name = shown(url)
        self._url = url
        self._client = client
        self._keeps_state = keeps_state
        self._strict = strict
        self._passed = False
        self._later: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Check the server; one that is away is checked as soon as it appears.

        Raises:
            RedisRefused: It answers, but must not be used.
        """
        try:
            await self.check()
        except AWAY as error:
            _log.warning(
                "redis is away, starting without it", server=self.name, error=type(error).__name__
            )
            self._later = asyncio.create_task(self._check_later(), name=f"check {self.name}")

    async def close(self) -> None:
        """Stop waiting for the server."""
        if self._later:
            self._later.cancel()
            await asyncio.wait([self._later])

    async def probe(self) -> None:
        """Pass when the server answers and passed its check.

        Raises:
            RedisRefused: It answers, but must not be used.
            redis.exceptions.RedisError: It is away or still loading.
        """
        if self._passed:
            await self._client.ping()  # pyright: ignore[reportUnknownMemberType]
        else:
            await self.check()

    async def check(self) -> None:
        """Run the boot check.

        Raises:
            RedisRefused: It answers, but must not be used.
            redis.exceptions.RedisError: It is away or still loading.
        """
        try:
            facts = await ask(self._client)
        except Exception as error:
            if refused := refused_by(error, self._url):
                raise refused from error
            raise
        if reason := refusal(facts, keeps_state=self._keeps_state):
            raise RedisRefused(f"{self.name}: {reason}")
        unsafe = warnings(facts, self._url, keeps_state=self._keeps_state, strict=self._strict)
        if unsafe and self._strict:
            raise RedisRefused(f"{self.name} (strict): {' '.join(unsafe)}")
        self._accept(facts.program, unsafe)

    def _accept(self, program: str, unsafe: list[str]) -> None:
        if self._passed:
            return
        self._passed = True
        _log.info("redis is connected", server=self.name, program=program)
        for warning in unsafe:
            _log.warning("redis is unsafe", server=self.name, reason=warning)

    async def _check_later(self) -> None:
        try:
            await Patience(self.name)(self.check)
        except RedisRefused as error:
            _log.error("redis is refused", server=self.name, reason=str(error))
