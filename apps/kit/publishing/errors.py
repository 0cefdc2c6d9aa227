"""The errors of publishing."""

from hutch.errors import HutchError


class PublicationNotFound(HutchError, LookupError):
    """Nobody approved this post for this account: asking again will not help."""

    code = "publication-not-found"
