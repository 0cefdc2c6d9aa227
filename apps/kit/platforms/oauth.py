"""OAuth 2: refreshes that are refused (RFC 6749, section 5.2), or cannot be asked for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import httpx2
from pydantic import ValidationError

from kit.platforms.api import Call, Judge
from kit.platforms.judging import wait_for_operator
from kit.platforms.outcomes import FailPermanent, NeedsReauth, PausePlatform, PlatformError
from kit.platforms.wire import Wire

_TEN_YEARS = 10 * 365 * 24 * 60 * 60


class TokenRefusal(Wire):
    """A refused refresh."""

    error: str


def ends(expires_in: int) -> datetime:
    """Tell when a token ends that lasts some seconds from now: none, to ten years."""
    return datetime.now(UTC) + timedelta(seconds=min(max(expires_in, 0), _TEN_YEARS))


def no_client(platform: str, settings: str) -> PausePlatform:
    """Make the outcome of a refresh that is not sent, as nobody has said who we are.

    Platforms answer a request without a client like one with a spent token, so its owner
    would be asked to connect the account again, in vain. Posts wait for the operator instead.
    """
    return wait_for_operator(f"{platform} refreshes no token without an app: set {settings}.")


def refresh_judge(
    platform: str, otherwise: Judge, check: str, spent: Collection[str] = ("invalid_grant",)
) -> Judge:
    """Make the judge of refreshes: is it the token, or are we the wrong client?

    Args:
        platform: Its name, for messages.
        otherwise: Judges what is no refusal of the token or the client.
        check: The settings to look at when the client is refused.
        spent: The errors that mean a token which is used up, revoked or expired.
    """

    def judge(response: httpx2.Response, call: Call) -> PlatformError:
        if response.status_code not in (400, 401):
            return otherwise(response, call)
        reason = _reason(response)
        said = f"{platform} answered {response.status_code} {reason} to {call}"
        if reason in spent:
            return NeedsReauth(f"{said}: connect the account again.")
        return FailPermanent(f"{said}: check {check}.")

    return judge


def _reason(response: httpx2.Response) -> str:
    try:
        return TokenRefusal.model_validate_json(response.content).error
    except ValidationError:
        return ""
