"""Call a platform with a token that may have expired."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import SecretStr

from kit.platforms.outcomes import NeedsReauth, RefreshThenRetryOnce

T = TypeVar("T")


async def refresh_once(
    call: Callable[[SecretStr], Awaitable[T]],
    token: SecretStr,
    refresh: Callable[[], Awaitable[SecretStr]],
) -> T:
    """Call with the token; when it is not accepted, refresh it and call once more.

    Args:
        call: The call, given an access token.
        token: The access token at hand.
        refresh: Stores a new pair of tokens and returns the access token. It has to
            hold a lock per account: two refreshes with one token end the connection.

    Raises:
        NeedsReauth: The new token is not accepted either.
        PlatformError: Any other outcome of the call or the refresh.
    """
    try:
        return await call(token)
    except RefreshThenRetryOnce:
        fresh = await refresh()
    try:
        return await call(fresh)
    except RefreshThenRetryOnce as error:
        raise NeedsReauth(
            "The platform refuses a token that was just refreshed: connect the account again.",
            detail=error.detail,
        ) from error
