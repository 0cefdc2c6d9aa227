"""The refusals of a model's server."""

from __future__ import annotations

from collections.abc import Sequence

from kit.sandbox.refusals import Refusal


def refusal(
    status: int,
    code: str | None,
    message: str,
    kind: str = "invalid_request_error",
    headers: dict[str, str] | None = None,
) -> Refusal:
    """Refuse in the server's form."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    return Refusal(status, {"error": error}, headers=headers)


def invalid(messages: Sequence[str]) -> Refusal:
    """400: the request is not what the contract says."""
    return refusal(400, None, "; ".join(messages))


def unauthorized() -> Refusal:
    """401: no key."""
    return refusal(401, "invalid_api_key", "A key is needed.")


def unknown_model() -> Refusal:
    """404: there is no such model."""
    return refusal(404, "model_not_found", "This model does not exist here.")


def too_long(tokens: int, most: int) -> Refusal:
    """400: the text does not fit into the model."""
    message = f"The maximum context length is {most} tokens; these are {tokens}."
    return refusal(400, "context_length_exceeded", message)


def limited(seconds: float) -> Refusal:
    """429: too many calls; told in both ways that servers have."""
    headers = {
        "retry-after": str(round(seconds)),
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": f"{round(seconds)}s",
    }
    return refusal(429, "rate_limit_exceeded", "Too many calls.", "requests", headers)


def out_of_quota() -> Refusal:
    """429: what was paid for is used up."""
    return refusal(429, "insufficient_quota", "Check your plan.", "insufficient_quota")


def broken() -> Refusal:
    """503: the server is overloaded."""
    return refusal(503, None, "Overloaded.", "server_error")
