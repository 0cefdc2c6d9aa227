"""The port: who operates the app, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from starlette.requests import HTTPConnection


class Access(Enum):
    """What somebody may do: look, or change things too."""

    VIEWER = "viewer"
    OPERATOR = "operator"

    def covers(self, needed: Access) -> bool:
        """Tell whether who has this access may do what needs the other."""
        return self is Access.OPERATOR or needed is Access.VIEWER


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who is logged in.

    Attributes:
        name: For pages and logs; no personal data.
        access: What they may do.
    """

    name: str
    access: Access


class Operators(Protocol):
    """Knows who operates the app. Bind another one to replace tokens by user accounts."""

    async def authenticate(self, token: str, /) -> Operator | None:
        """Return whose token this is, None if nobody's; comparing takes constant time."""
        ...

    async def who(self, connection: HTTPConnection, /) -> Operator | None:
        """Return who sends a request, by its bearer token or else its cookie; None if unknown.

        A request with a bearer token is judged by that alone.
        """
        ...
