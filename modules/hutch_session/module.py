"""The module: one ``Sessions`` for everybody who imports it, whatever profiles they declare."""

from __future__ import annotations

from functools import cache

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from hutch.binding import bind
from hutch.contributions import Command, Declare, Health, Metrics, Middleware, OnError
from hutch.module import Module
from hutch.settings import CoreSettings
from hutch_redis import Backend, Redis, redis_module, usual_backend
from hutch_session.cookie import SessionCookie
from hutch_session.counts import HELP, Counts, read_counts
from hutch_session.credentials import Credentials
from hutch_session.credentials_in_memory import MemoryCredentials
from hutch_session.credentials_on_redis import RedisCredentials
from hutch_session.current import CurrentSession, session_of
from hutch_session.errors import SessionConflict, SessionError, SessionGone, SessionsUnavailable
from hutch_session.in_memory import MemoryStore
from hutch_session.middleware import problem_of, session_middleware
from hutch_session.on_redis import RedisStore
from hutch_session.port import Sessions
from hutch_session.profiles import Profiles, SessionProfile
from hutch_session.sealing import Cipher, Sealing, cipher_kind, with_vault, without_vault
from hutch_session.settings import SessionSettings
from hutch_session.store import Store
from hutch_session.stored_credentials import CredentialStore, StoredCredentials
from hutch_session.stored_sessions import StoredSessions
from hutch_vault import vault_module

_NOBODY = "hutch health check"


@cache
def session_module(*profiles: SessionProfile) -> Module:
    """Return a module that gives its importers ``Sessions`` and ``CurrentSession``.

    All such modules share one ``Sessions``.

    Args:
        profiles: Kinds of sessions beside the default one, which the settings describe.
    """
    if not profiles:
        return core_module()
    return Module(
        f"session({', '.join(profile.name for profile in profiles)})",
        imports=[core_module()],
        exports=[core_module()],
        contributions=[Declare(profile) for profile in profiles],
    )


@cache
def credentials_module() -> Module:
    """Return the module that gives its importers ``Credentials``; always the same one."""
    return Module(
        "credentials",
        imports=[redis_module(), vault_module()],
        providers=[
            SessionSettings,
            bind(CredentialStore).choose(backend, memory=kept_in_memory, redis=kept_on_redis),
            bind(Credentials).to(StoredCredentials),
        ],
        exports=[Credentials],
    )


@cache
def core_module() -> Module:
    """Return what all session modules share."""
    return Module(
        "session",
        imports=[redis_module(), vault_module()],
        providers=[
            SessionSettings,
            Profiles,
            Sealing,
            Counts,
            SessionCookie,
            bind(Cipher).choose(cipher_kind, vault=with_vault, none=without_vault),
            bind(Store).choose(backend, memory=in_memory, redis=on_redis),
            bind(Sessions).to(StoredSessions),
            bind(CurrentSession).to(current_session).per_request(),
        ],
        exports=[Sessions, CurrentSession],
        contributions=[
            Middleware(session_middleware),
            Health("session", probe),
            Metrics(read_counts, HELP),
            Command("sessions", "hutch_session.cli:app", "Look into sessions, and end them."),
            *(OnError(error, answer) for error in (SessionConflict, SessionGone)),
            OnError(SessionsUnavailable, answer),
        ],
    )


def backend(settings: SessionSettings, core: CoreSettings) -> Backend:
    """Name the backend: the setting's, else memory in tests and Redis anywhere else."""
    return usual_backend(settings.backend, core)


def in_memory(profiles: Profiles) -> Store:
    """Return the store of this process."""
    return MemoryStore(profiles)


def on_redis(redis: Redis, profiles: Profiles) -> Store:
    """Return the store on Redis."""
    return RedisStore(redis, profiles)


def kept_in_memory() -> CredentialStore:
    """Return the credentials of this process."""
    return MemoryCredentials()


def kept_on_redis(redis: Redis) -> CredentialStore:
    """Return the credentials on Redis."""
    return RedisCredentials(redis)


def current_session(connection: HTTPConnection) -> CurrentSession:
    """Return the session of the request that a scope belongs to."""
    return session_of(connection)


def answer(_: Request, error: SessionError) -> Response:
    """Answer for an error that a handler let pass."""
    return problem_of(error).response()


async def probe(sessions: Sessions) -> str:
    """Ask for the sessions of nobody; fails when they cannot be read."""
    await sessions.of(_NOBODY)
    return "can be read"
