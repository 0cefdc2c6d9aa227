"""eBay's refusals: a list of numbered errors."""

from __future__ import annotations

from kit.sandbox.refusals import Refusal

_CATEGORIES = {409: "BUSINESS", 500: "APPLICATION"}


def refusal(
    status: int,
    number: int,
    message: str,
    *,
    domain: str = "API_BROWSE",
    headers: dict[str, str] | None = None,
) -> Refusal:
    """Refuse in eBay's form; the category follows from the status."""
    error = {
        "errorId": number,
        "domain": domain,
        "category": _CATEGORIES.get(status, "REQUEST"),
        "message": message,
    }
    return Refusal(status, {"errors": [error]}, headers=headers)


def invalid(number: int, message: str) -> Refusal:
    """400: the request is not what the contract says."""
    return refusal(400, number, message)


def unauthorized() -> Refusal:
    """401: no token, or one that is not valid any more."""
    return refusal(401, 1001, "Invalid access token", domain="OAuth")


def not_found() -> Refusal:
    """404: nothing for sale has this id."""
    return refusal(404, 11001, "The item is not known here.")


def limited(seconds: float) -> Refusal:
    """429: too many calls; the header tells how many seconds to wait."""
    headers = {"Retry-After": str(round(seconds))}
    return refusal(429, 2001, "Too many calls.", domain="ACCESS", headers=headers)


def broken() -> Refusal:
    """500: something inside eBay failed."""
    return refusal(500, 12000, "Something inside failed.")


def oauth(status: int, error: str) -> Refusal:
    """Refuse a token, in OAuth's form (RFC 6749, section 5.2)."""
    return Refusal(status, {"error": error, "error_description": "Refused."})
