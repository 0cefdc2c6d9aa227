"""X's refusals: problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from kit.sandbox.refusals import Refusal, refusing
from kit.sandbox.windows import Window
from kit.sandbox.x.limits import headers

_TYPES = "https://api.twitter.com/2/problems"


def problem(status: int, title: str, detail: str, **more: Any) -> Refusal:
    """Refuse with a problem as the answer."""
    body = {"title": title, "detail": detail, "type": "about:blank", "status": status}
    return Refusal(status, body | more, media_type="application/problem+json")


def invalid(messages: Sequence[str]) -> Refusal:
    """400: the request is not what the contract says."""
    return problem(
        400,
        "Invalid Request",
        "One or more parameters to your request was invalid.",
        type=f"{_TYPES}/invalid-request",
        errors=[{"message": message} for message in messages],
    )


def problems() -> AbstractContextManager[None]:
    """Turn what breaks the schema into a 400 that names each place."""
    return refusing(invalid)


def unauthorized() -> Refusal:
    """401: no token, or one that is not valid any more."""
    return problem(401, "Unauthorized", "Unauthorized")


def duplicate() -> Refusal:
    """403: the account has posted these words before."""
    return problem(
        403, "Forbidden", "You are not allowed to create a Tweet with duplicate content."
    )


def suspended() -> Refusal:
    """403: the account is suspended."""
    return problem(
        403, "Forbidden", "Your account is suspended and is not permitted to access this feature."
    )


def rate_limited(window: Window) -> Refusal:
    """429: too many calls in this window."""
    refusal = problem(429, "Too Many Requests", "Too Many Requests")
    refusal.headers = headers(window)
    return refusal


def usage_capped() -> Refusal:
    """429: the app has used up what it paid for."""
    return problem(
        429,
        "UsageCapExceeded",
        "Usage cap exceeded: Monthly product cap",
        type=f"{_TYPES}/usage-capped",
        period="Monthly",
        scope="Product",
    )


def unavailable() -> Refusal:
    """503: X is over capacity, or says so."""
    return problem(503, "Service Unavailable", "Service Unavailable")


def not_found(kind: str, parameter: str, value: str) -> dict[str, str]:
    """The note in a 200 answer that a user or post does not exist."""
    return {
        "title": "Not Found Error",
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "type": f"{_TYPES}/resource-not-found",
        "parameter": parameter,
        "value": value,
        "resource_id": value,
        "resource_type": kind,
    }
