"""How adapters sign their calls, and what a call means that brought no answer."""

from __future__ import annotations

import re
from collections.abc import Generator

import httpx2
from pydantic import SecretStr

from kit.platforms.outcomes import NeedsReauth, PlatformError, RetryBackoff, Unknown

NOTHING_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
)


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
