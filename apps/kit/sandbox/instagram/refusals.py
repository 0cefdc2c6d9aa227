"""Instagram's own refusals: a subcode says what is wrong."""

from __future__ import annotations

from kit.sandbox.graph.refusals import refusal
from kit.sandbox.refusals import Refusal


def not_ready() -> Refusal:
    """2207027: the container is still being processed."""
    return refusal(9007, "Media ID is not available", subcode=2207027)


def gone() -> Refusal:
    """2207008: there is no such container (any more)."""
    return refusal(24, "The requested resource does not exist", subcode=2207008)


def failed() -> Refusal:
    """2207032: the media could not be made."""
    return refusal(-1, "Create media fail, please try to re-create media", subcode=2207032)


def capped() -> Refusal:
    """2207042: the cap of 24 hours is reached."""
    return refusal(9, "Application request limit reached", status=403, subcode=2207042)


def restricted() -> Refusal:
    """2207050: the account is restricted."""
    return refusal(25, "The Instagram account is restricted", status=403, subcode=2207050)


def too_young() -> Refusal:
    """The token is not a day old yet."""
    return refusal(100, "The access token must be at least 24 hours old to be refreshed")
