"""Guards: only for operators."""

from __future__ import annotations

from typing import ClassVar

from starlette.requests import HTTPConnection

from hutch.http import Forbidden, Unauthorized
from hutch_monitor.bearer import bearer_of
from hutch_monitor.origin import is_safe, refuse_foreign
from hutch_monitor.port import Access, Operator, Operators


async def admit(operators: Operators, connection: HTTPConnection, needed: Access) -> Operator:
    """Return who sends a request, if they may do what it needs.

    Raises:
        Unauthorized: Nobody is logged in.
        Forbidden: They may not do this, or another site forged the request.
    """
    operator = await operators.who(connection)
    if operator is None:
        raise Unauthorized(
            "Log in at the monitor, or send a token: Authorization: Bearer.",
            headers={"www-authenticate": "Bearer"},
        )
    # A browser sends the cookie by itself, but never a bearer token.
    if bearer_of(connection) is None and not is_safe(connection):
        refuse_foreign(connection)
    if not operator.access.covers(needed):
        raise Forbidden(f"This needs the role {needed.value}; you are a {operator.access.value}.")
    return operator


class RequireViewer:
    """Lets viewers and operators pass: ``@guard(RequireViewer)``.

    They come with the monitor's login cookie or with ``Authorization: Bearer``.

    Raises:
        Unauthorized: Nobody is logged in.
        Forbidden: They may not do this, or another site forged the request.
    """

    needed: ClassVar[Access] = Access.VIEWER
    openapi_security: ClassVar[dict[str, dict[str, str]]] = {
        "operatorToken": {"type": "http", "scheme": "bearer"}
    }

    def __init__(self, operators: Operators) -> None:
        self._operators = operators

    async def __call__(self, connection: HTTPConnection, /) -> None:
        """Let the request pass, or raise."""
        await admit(self._operators, connection, self.needed)


class RequireOperator(RequireViewer):
    """Lets only operators pass: ``@guard(RequireOperator)``; see ``RequireViewer``."""

    needed: ClassVar[Access] = Access.OPERATOR
