"""What the domain refuses."""

from __future__ import annotations


class Missing(LookupError):
    """Something is not there, or not for this user: which, is not told."""


class Refused(ValueError):
    """What was asked for cannot be done; the message says what to change."""


class PublicationFailed(Exception):
    """A post is not published and a person has to help; trying again does not."""


class NoCredits(Exception):
    """The brand's user has no credits left: nothing is written until there are some."""


class RateLimitExceededError(Exception):
    """A brand has posted as often as it may today.

    Attributes:
        platform: The network, in small letters.
        seconds: Until the count begins anew.
    """

    def __init__(self, platform: str, seconds: float) -> None:
        super().__init__(
            f"The limit of posts on {platform} is reached; it resets in {seconds:.0f} s."
        )
        self.platform = platform
        self.seconds = seconds
