"""LinkedIn's token endpoint; a client names itself, with its secret, in the form."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.routing import Route

from kit.sandbox.accounts import Accounts
from kit.sandbox.linkedin.state import REFRESH_DAYS
from kit.sandbox.oauth import TokenEndpoint

_MORE = {
    "refresh_token_expires_in": REFRESH_DAYS * 24 * 60 * 60,
    "scope": "r_organization_social,w_member_social",
}


def refresh_route(accounts: Accounts) -> Route:
    """Make ``POST /oauth/v2/accessToken``."""
    endpoint = TokenEndpoint(accounts, _names_client, "invalid_client", _MORE)
    return Route("/linkedin/oauth/v2/accessToken", endpoint.serve, methods=["POST"])


def _names_client(request: Request, form: FormData) -> bool:
    return bool(form.get("client_id") and form.get("client_secret"))
