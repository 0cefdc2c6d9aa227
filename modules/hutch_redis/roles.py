"""What users inject: one Redis, by the roles that its servers play."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from pydantic import SecretStr
from redis.asyncio import Redis as Client

from hutch.contributions import Reading
from hutch.settings import CoreSettings, Profile
from hutch_redis.address import shown
from hutch_redis.clients import Clients, Kind
from hutch_redis.embedded import EmbeddedServer
from hutch_redis.faults import Faults
from hutch_redis.keys import Keys, Tag
from hutch_redis.patience import Patience
from hutch_redis.server import Server
from hutch_redis.settings import RedisSettings


@dataclass(frozen=True, slots=True, eq=False)
class Redis:
    """Redis by role; roles that share a server share its connections.

    Args:
        state: What must not be lost: jobs, sessions, pauses, counters. Fails fast.
        cache: What may be evicted at any time. Fails fast.
        pubsub: Channels. Publishing fails fast; a subscription waits for messages.
        blocking: The state's server for commands that block or must not give up:
            no time limit on replies. Combine it with ``patiently``.
        keys: The app's prefix and the rules of its keys.
        patiently: ``await redis.patiently(call)`` awaits ``call()`` on ``blocking`` again and
            again until the server answers. The call must be safe to run twice.
        servers: Each distinct server, with its boot check.
        timeout: Seconds after which a call that fails fast gives up.
        faults: Commands that failed in this process.
    """

    state: Client
    cache: Client
    pubsub: Client
    blocking: Client
    keys: Keys
    patiently: Patience
    servers: tuple[Server, ...]
    timeout: float
    faults: Faults

    def key(self, *parts: str | int | Tag) -> str:
        """Build a key under the app's prefix; see ``Keys.key``.

        Raises:
            InvalidKey: A part is empty or has a control character, or the key is too long.
        """
        return self.keys.key(*parts)


@dataclass(frozen=True, slots=True)
class RoleUrls:
    """The address of each role's server."""

    state: str
    cache: str
    pubsub: str
    blocking: str


async def open_redis(
    settings: RedisSettings, core: CoreSettings | None = None
) -> AsyncIterator[Redis]:
    """Open Redis for an app; a server that is away does not keep the app from starting.

    Raises:
        RedisRefused: A server answers, but must not be used.
        EmbeddedError: The embedded server cannot run.
    """
    async with AsyncExitStack() as stack:
        urls = await _role_urls(settings, stack)
        faults = Faults(settings.prefix)
        clients = Clients(pool_size=settings.pool_size, timeout=settings.timeout, faults=faults)
        stack.push_async_callback(clients.close)
        servers = _servers(urls, clients, strict=_is_strict(settings, core))
        for server in servers:
            stack.push_async_callback(server.close)
        for server in servers:
            await server.open()
        yield Redis(
            state=clients.get(urls.state, Kind.FAST),
            cache=clients.get(urls.cache, Kind.FAST),
            pubsub=clients.get(urls.pubsub, Kind.FAST),
            blocking=clients.get(urls.blocking, Kind.PATIENT),
            keys=Keys(settings.prefix),
            patiently=Patience(shown(urls.blocking)),
            servers=servers,
            timeout=settings.timeout,
            faults=faults,
        )


async def probe(redis: Redis) -> str:
    """Tell whether every server can be used.

    Raises:
        RedisRefused: A server answers, but must not be used.
        redis.exceptions.RedisError: A server is away or still loading.
    """
    await asyncio.gather(*(server.probe() for server in redis.servers))
    return ", ".join(server.name for server in redis.servers)


async def read_faults(redis: Redis) -> Iterable[Reading]:
    """Read how many commands failed."""
    return redis.faults.readings()


def _is_strict(settings: RedisSettings, core: CoreSettings | None) -> bool:
    if settings.strict is not None:
        return settings.strict
    return core is not None and core.profile is Profile.PRODUCTION


async def _role_urls(settings: RedisSettings, stack: AsyncExitStack) -> RoleUrls:
    default = settings.server() or _url(settings.state)
    if default is None:
        server = EmbeddedServer(settings.data, max_memory=settings.max_memory)
        default = (await stack.enter_async_context(server)).url
    state = _url(settings.state) or default
    return RoleUrls(
        state,
        cache=_url(settings.cache) or default,
        pubsub=_url(settings.pubsub) or default,
        blocking=_url(settings.blocking) or state,
    )


def _url(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _servers(urls: RoleUrls, clients: Clients, *, strict: bool) -> tuple[Server, ...]:
    keep = {urls.state, urls.blocking}
    distinct = dict.fromkeys((urls.state, urls.blocking, urls.cache, urls.pubsub))
    return tuple(
        Server(url, clients.get(url, Kind.FAST), keeps_state=url in keep, strict=strict)
        for url in distinct
    )
