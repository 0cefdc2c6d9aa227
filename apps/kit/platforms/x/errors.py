"""What X's refusals mean.

Source: X API v2, problem details (RFC 9457) and the rate limit headers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx2
from pydantic import BaseModel, ValidationError

from kit.platforms.api import Call
from kit.platforms.judging import broken, pause
from kit.platforms.oauth import refresh_judge
from kit.platforms.outcomes import (
    FailPermanent,
    PlatformError,
    ProbablyDuplicate,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
)

_EPOCH = re.compile(r"[0-9]{1,11}")
_WINDOWS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")


class Problem(BaseModel):
    """The body of a refusal, as far as it decides the outcome."""

    title: str = ""
    detail: str = ""
    type: str = ""


def outcome(response: httpx2.Response, call: Call) -> PlatformError:
    """Judge an answer that is no success."""
    problem = _problem(response)
    said = f"X answered {response.status_code} {problem.title} to {call}"
    if response.status_code >= 500 or response.status_code == 408:
        return broken(said, writes=call.writes, detail=problem.detail)
    match response.status_code:
        case 401:
            return RefreshThenRetryOnce(f"{said}: refresh the token.", detail=problem.detail)
        case 403:
            return _forbidden(said, problem)
        case 429:
            return _limited(said, problem, response.headers)
        case _:
            return FailPermanent(f"{said}: it will not be accepted.", detail=problem.detail)


def _problem(response: httpx2.Response) -> Problem:
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return Problem()


def _forbidden(said: str, problem: Problem) -> PlatformError:
    detail = problem.detail.lower()
    if "duplicate content" in detail:
        return ProbablyDuplicate(f"{said}: duplicate content; look it up.", detail=problem.detail)
    if "suspended" in detail:
        return pause(f"{said}: the account is suspended", detail=problem.detail)
    return FailPermanent(f"{said}: it will not be accepted.", detail=problem.detail)


def _limited(said: str, problem: Problem, headers: httpx2.Headers) -> PlatformError:
    if problem.type.endswith("/usage-capped"):
        return pause(f"{said}: the usage cap is reached", detail=problem.detail)
    at = _reset(headers)
    if at is None:
        return RetryBackoff(f"{said} and names no time: try again later.", detail=problem.detail)
    return RetryAfter(f"{said}: try again at {at.isoformat()}.", at=at, detail=problem.detail)


def _reset(headers: httpx2.Headers) -> datetime | None:
    """When the last of the used-up windows opens again."""
    resets = {
        window: int(headers[f"{window}-reset"])
        for window in _WINDOWS
        if _EPOCH.fullmatch(headers.get(f"{window}-reset", ""))
    }
    if not resets:
        return None
    used_up = [at for window, at in resets.items() if headers.get(f"{window}-remaining") == "0"]
    return datetime.fromtimestamp(max(used_up, default=min(resets.values())), UTC)


refresh_outcome = refresh_judge(
    "X",
    outcome,
    "platforms.x_client_id and x_client_secret",
    # X calls a spent token ``invalid_request`` where RFC 6749 has ``invalid_grant``.
    spent=("invalid_grant", "invalid_request"),
)
"""Judge a refused refresh."""
