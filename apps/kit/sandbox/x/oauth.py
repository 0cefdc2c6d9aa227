"""X's token endpoint; a client names itself in the form or in a header."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.routing import Route

from kit.sandbox.accounts import Accounts
from kit.sandbox.oauth import TokenEndpoint

_MORE = {"token_type": "bearer", "scope": "tweet.read tweet.write users.read offline.access"}


def refresh_route(accounts: Accounts) -> Route:
    """Make ``POST /2/oauth2/token``."""
    endpoint = TokenEndpoint(accounts, _names_client, "unauthorized_client", _MORE)
    return Route("/2/oauth2/token", endpoint.serve, methods=["POST"])


def _names_client(request: Request, form: FormData) -> bool:
    return bool(form.get("client_id") or request.headers.get("Authorization"))
