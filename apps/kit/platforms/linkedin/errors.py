"""What LinkedIn's refusals mean.

Source: LinkedIn's API guide; the body of a duplicate as posts of developers show it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import httpx2
from pydantic import Field, ValidationError

from kit.platforms.api import Call
from kit.platforms.judging import broken, wait_for_operator
from kit.platforms.oauth import refresh_judge
from kit.platforms.outcomes import (
    FailPermanent,
    NeedsReauth,
    NotFound,
    PlatformError,
    ProbablyDuplicate,
    RefreshThenRetryOnce,
    RetryAfter,
)
from kit.platforms.wire import Wire

_POST = re.compile(r"urn:li:(?:share|ugcPost|activity):\d+")
_CODE = re.compile(r"[A-Z_]{1,64}")


class InputError(Wire):
    """What is wrong with one part of a request."""

    code: str = ""


class ErrorDetails(Wire):
    """What is wrong with a request."""

    inputs: tuple[InputError, ...] = Field(default=(), alias="inputErrors")


class Refused(Wire):
    """The body of a refusal, as far as it decides the outcome."""

    code: str = ""
    message: str = ""
    details: ErrorDetails = Field(default=ErrorDetails(), alias="errorDetails")

    @property
    def reason(self) -> str:
        """LinkedIn's code for it, empty if it names none."""
        codes = [self.code, *(part.code for part in self.details.inputs)]
        return next((code for code in codes if _CODE.fullmatch(code)), "")


def outcome(response: httpx2.Response, call: Call) -> PlatformError:
    """Judge an answer that is no success."""
    refused, status = _refused(response), response.status_code
    said = f"LinkedIn answered {status} {refused.reason} to {call}"
    if status >= 500 or status == 408:
        return broken(said, writes=call.writes, detail=refused.message)
    match status:
        case 401 | 403:
            return _unauthorized(said, refused, status)
        case 404:
            return NotFound(f"{said}: it is not there.", detail=refused.message)
        case 426:
            return _retired(said, refused.message)
        case 429:
            return _limited(said, refused.message)
        case _:
            return _refusal(said, refused)


refresh_outcome = refresh_judge(
    "LinkedIn",
    outcome,
    "platforms.linkedin_client_id and linkedin_client_secret",
    # LinkedIn calls a token that it does not know ``invalid_request``.
    spent=("invalid_grant", "invalid_request"),
)
"""Judge a refused refresh."""


def _refused(response: httpx2.Response) -> Refused:
    try:
        return Refused.model_validate_json(response.content)
    except ValidationError:
        return Refused()


def _unauthorized(said: str, refused: Refused, status: int) -> PlatformError:
    if status == 401 and refused.reason != "REVOKED_ACCESS_TOKEN":
        return RefreshThenRetryOnce(f"{said}: refresh the token.", detail=refused.message)
    return NeedsReauth(f"{said}: connect the account again.", detail=refused.message)


def _refusal(said: str, refused: Refused) -> PlatformError:
    detail = refused.message
    if refused.reason != "DUPLICATE_POST":
        return FailPermanent(f"{said}: it will not be accepted.", detail=detail)
    named = _POST.search(detail)
    post_id = named[0] if named else ""
    said = f"{said}: duplicate content; look {post_id or 'it'} up."
    return ProbablyDuplicate(said, detail=detail, post_id=post_id)


def _retired(said: str, detail: str) -> PlatformError:
    said = f"{said}: this version of the API is retired, set platforms.linkedin_version"
    return wait_for_operator(f"{said}.", detail=detail)


def _limited(said: str, detail: str) -> RetryAfter:
    """LinkedIn counts by the day in UTC and tells no more."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    at = datetime.combine(tomorrow, time(), UTC)
    return RetryAfter(f"{said}: try again at {at.isoformat()}.", at=at, detail=detail)
