"""What the refusals of an OpenAI-compatible server mean."""

from __future__ import annotations

from datetime import datetime

import httpx2
from pydantic import ValidationError

from kit.ai.outcomes import Misconfigured, Refused, TooLong
from kit.ai.wire import Error, Problem
from kit.platforms import FailPermanent, PlatformError, RetryAfter, RetryBackoff
from kit.platforms.api import Call
from kit.platforms.judging import pause
from kit.waiting import after_duration, retry_after

_QUOTA = ("insufficient_quota", "billing_hard_limit_reached")
_FILTERED = ("content_filter", "content_policy_violation")


def judge(response: httpx2.Response, call: Call) -> PlatformError:
    """Judge an answer that is no success. A call changes nothing, so it may be repeated."""
    error = _error(response)
    said = f"The model's server answered {response.status_code} to {call}"
    match response.status_code:
        case 429:
            return _limited(said, error, response.headers)
        case 401 | 403:
            return Misconfigured(f"{said}: check ai.api_key.", detail=error.message)
        case 404:
            return Misconfigured(
                f"{said}: check ai.base_url, ai.chat_model and ai.embedding_model.",
                detail=error.message,
            )
        case status if status >= 500 or status in (408, 409):
            return _away(said, error, response.headers)
        case _:
            return _refused(said, error, response.status_code)


def _error(response: httpx2.Response) -> Error:
    try:
        return Problem.model_validate_json(response.content).error
    except ValidationError:
        return Error()


def _limited(said: str, error: Error, headers: httpx2.Headers) -> PlatformError:
    if error.code in _QUOTA or error.type in _QUOTA:
        return pause(f"{said}: the quota is used up", detail=error.message)
    at = retry_after(headers.get("retry-after")) or _reset(headers)
    if at is None:
        return RetryBackoff(f"{said} and names no time: try again later.", detail=error.message)
    return RetryAfter(f"{said}: try again at {at.isoformat()}.", at=at, detail=error.message)


def _away(said: str, error: Error, headers: httpx2.Headers) -> PlatformError:
    at = retry_after(headers.get("retry-after"))
    if at is None:
        return RetryBackoff(f"{said}: try again later.", detail=error.message)
    return RetryAfter(f"{said}: try again at {at.isoformat()}.", at=at, detail=error.message)


def _refused(said: str, error: Error, status: int) -> PlatformError:
    words = error.message.lower()
    if status == 413 or error.code == "context_length_exceeded" or "context length" in words:
        return TooLong(f"{said}: the text is longer than the model takes.", detail=error.message)
    if error.code in _FILTERED:
        return Refused(f"{said}: its filter declines the text.", detail=error.message)
    return FailPermanent(f"{said}: it will not be accepted.", detail=error.message)


def _reset(headers: httpx2.Headers) -> datetime | None:
    """When the last of the used-up budgets, of calls or of tokens, is filled again."""
    resets = {
        kind: after_duration(headers.get(f"x-ratelimit-reset-{kind}"))
        for kind in ("requests", "tokens")
    }
    known = {kind: at for kind, at in resets.items() if at is not None}
    used_up = [
        at for kind, at in known.items() if headers.get(f"x-ratelimit-remaining-{kind}") == "0"
    ]
    return max(used_up or known.values(), default=None)
