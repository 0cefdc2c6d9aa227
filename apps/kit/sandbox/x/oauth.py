"""OAuth 2: exchanging a refresh token (RFC 6749, section 6)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.x.accounts import LIFETIME, Accounts


def refresh_route(accounts: Accounts) -> Route:
    """Make ``POST /2/oauth2/token``. Any client is known; one that names none is refused."""

    async def refresh(request: Request) -> Response:
        form = await request.form()
        if not (form.get("client_id") or request.headers.get("Authorization")):
            return _refused(401, "unauthorized_client", "Missing valid authorization header")
        if form.get("grant_type") != "refresh_token":
            return _refused(400, "unsupported_grant_type", "Only refresh_token is played here.")
        grant = accounts.refresh(str(form.get("refresh_token", "")))
        if grant is None:
            return _refused(400, "invalid_request", "Value passed for the token was invalid.")
        return JSONResponse(
            {
                "token_type": "bearer",
                "expires_in": int(LIFETIME.total_seconds()),
                "access_token": grant.pair.access,
                "refresh_token": grant.pair.refresh,
                "scope": "tweet.read tweet.write users.read offline.access",
            }
        )

    return Route("/2/oauth2/token", refresh, methods=["POST"])


def _refused(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)
