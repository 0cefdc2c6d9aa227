"""The HTTP client that all adapters share, and how they sign and send."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Generator

import httpx2
from pydantic import SecretStr

from kit.platforms.outcomes import NeedsReauth, PlatformError, RetryBackoff, Unknown
from kit.platforms.settings import PlatformSettings

NOTHING_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
)


async def http_client(settings: PlatformSettings) -> AsyncIterator[httpx2.AsyncClient]:
    """Open the shared client.

    It neither retries nor follows redirects: a post must not be sent a second time.
    """
    timeout = httpx2.Timeout(connect=5.0, write=10.0, pool=5.0, read=settings.read_timeout)
    async with httpx2.AsyncClient(timeout=timeout, follow_redirects=False) as client:
        yield client


class Bearer(httpx2.Auth):
    """Sign a request with a token that no local variable shows in a traceback.

    Raises:
        NeedsReauth: The token cannot stand in a header. The HTTP library would say
            so by quoting it.
    """

    def __init__(self, token: SecretStr) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", token.get_secret_value()):
            raise NeedsReauth(
                "The access token is empty or holds characters that no token has: "
                "connect the account again."
            )
        self._token = token

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Set the header. It is masked in httpx2's own representations."""
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        yield request


def transport_outcome(error: httpx2.RequestError, call: str, *, writes: bool) -> PlatformError:
    """Judge a call that brought no answer.

    Args:
        error: What the client raised.
        call: Method and path, for the message.
        writes: Whether the call changes something at the platform.
    """
    reason = type(error).__name__
    if isinstance(error, NOTHING_SENT):
        return RetryBackoff(f"{call} could not be sent ({reason}): try again later.")
    if writes:
        return Unknown(
            f"{call} was sent but not answered ({reason}): it may have taken effect; look it up."
        )
    return RetryBackoff(f"{call} was not answered ({reason}): try again later.")
