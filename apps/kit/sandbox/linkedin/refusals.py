"""LinkedIn's refusals."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from kit.sandbox.refusals import Refusal, refusing


def refusal(status: int, code: str, message: str, **more: Any) -> Refusal:
    """Refuse in LinkedIn's form."""
    return Refusal(status, {"status": status, "code": code, "message": message} | more)


def invalid(messages: Sequence[str]) -> Refusal:
    """400: the request is not what the contract says."""
    return refusal(400, "ILLEGAL_ARGUMENT", "; ".join(messages))


def checked() -> AbstractContextManager[None]:
    """Turn what breaks the schema into a 400 that names each place."""
    return refusing(invalid)


def unauthorized() -> Refusal:
    """401: no token, or one that has ended."""
    return refusal(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired")


def forbidden() -> Refusal:
    """403: the account may not do this."""
    return refusal(403, "ACCESS_DENIED", "Not enough permissions to access this resource")


def no_version() -> Refusal:
    """400: the header that chooses the version is missing."""
    return refusal(400, "VERSION_MISSING", "A version must be present. Specify a version.")


def retired(version: str) -> Refusal:
    """426: the version is not served any more."""
    return refusal(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")


def not_found(what: str) -> Refusal:
    """404: it is not there."""
    return refusal(404, "NOT_FOUND", f"Could not find {what}")


def limited() -> Refusal:
    """429: the day's calls are used up. No header tells until when."""
    return refusal(429, "TOO_MANY_REQUESTS", "Resource level throttle DAY limit is reached")


def unavailable() -> Refusal:
    """503: it broke."""
    return refusal(503, "SERVICE_UNAVAILABLE", "Service unavailable")


def duplicate(urn: str) -> Refusal:
    """422: the same words were posted before; the message names the post."""
    problem: dict[str, Any] = {
        "description": "Duplicate post is detected",
        "code": "DUPLICATE_POST",
        "input": {},
    }
    body = {
        "status": 422,
        "message": f"Content is a duplicate of {urn}",
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "errorDetails": {"inputErrors": [problem]},
    }
    return Refusal(422, body)
