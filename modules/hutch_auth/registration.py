"""Where people make an account."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registration:
    """A page of the app on which people make an account; the login page links to it.

    ``Declare(Registration("/register"))`` in a module.

    Attributes:
        path: From the app's root, wherever that is mounted.
    """

    path: str
