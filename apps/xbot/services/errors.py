"""What the domain refuses."""

from __future__ import annotations


class Missing(LookupError):
    """Something is not there."""


class Refused(ValueError):
    """What was asked for cannot be done; the message says what to change."""


class Outdated(Exception):
    """Somebody else was quicker; read again before you change it."""


class PostFailed(Exception):
    """A post is not published and a person has to help; trying again does not."""
