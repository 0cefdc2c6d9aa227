"""OAuth 2: exchanging a refresh token (RFC 6749, section 6), the same for every platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit.sandbox.accounts import Accounts


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """A platform's token endpoint.

    Attributes:
        names_client: Tells whether a request says which client it is from; any is known.
        stranger: The error for one that does not.
        more: What the answer tells beside the tokens.
    """

    accounts: Accounts
    names_client: Callable[[Request, FormData], bool]
    stranger: str
    more: Mapping[str, Any]

    async def serve(self, request: Request) -> Response:
        """Exchange a refresh token for new tokens."""
        form = await request.form()
        if not self.names_client(request, form):
            return _refused(401, self.stranger)
        if form.get("grant_type") != "refresh_token":
            return _refused(400, "unsupported_grant_type")
        grant = self.accounts.refresh(str(form.get("refresh_token", "")))
        if grant is None:
            return _refused(400, "invalid_request")
        tokens = {"access_token": grant.pair.access, "refresh_token": grant.pair.refresh}
        seconds = int(self.accounts.lifetime.total_seconds())
        return JSONResponse({**tokens, "expires_in": seconds, **self.more})


def _refused(status: int, error: str) -> Response:
    description = "The token endpoint refuses this request"
    return JSONResponse({"error": error, "error_description": description}, status)
