"""The cookie of who logged in with a token of the settings: signed, kept by no server."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from itsdangerous import BadSignature, TimestampSigner
from pydantic import SecretStr
from starlette.requests import HTTPConnection
from starlette.responses import Response

from hutch.http import add_header, raw_cookie
from hutch_auth.port import CurrentUser
from hutch_auth.roles import OPERATOR, VIEWER
from hutch_auth.settings import AuthSettings

COOKIE = "hutch_operator"
_CONTEXT = b"hutch_auth login cookie"


class TokenCookie:
    """Writes and reads the cookies of logins by token.

    Each role has a key of its own, made from its token, so that all processes agree,
    a changed token logs everybody out, and who knows the viewers' token cannot sign
    as an operator.
    """

    def __init__(self, settings: AuthSettings) -> None:
        self._lifetime = settings.lifetime
        self._signers = {
            role: _signer(role, token, settings.secret_key)
            for role, token in tokens_of(settings).items()
        }

    def write(self, connection: HTTPConnection, role: str) -> None:
        """Let the response set the cookie of a role that has a token."""
        signed = self._signers[role].sign(role).decode("ascii")
        response = Response()
        response.set_cookie(
            COOKIE,
            signed,
            max_age=int(self._lifetime),
            httponly=True,
            samesite="lax",
            secure=_is_secure(connection),
        )
        add_header(connection, "set-cookie", response.headers["set-cookie"])

    def remove(self, connection: HTTPConnection) -> None:
        """Let the response remove the cookie, where the request has one."""
        if raw_cookie(connection, COOKIE) is None:
            return
        response = Response()
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=_is_secure(connection))
        add_header(connection, "set-cookie", response.headers["set-cookie"])

    def read(self, connection: HTTPConnection) -> CurrentUser | None:
        """Return who logged in, None without a valid cookie."""
        signed = raw_cookie(connection, COOKIE) or ""
        for role, signer in self._signers.items():
            try:
                signer.unsign(signed, max_age=int(self._lifetime))
            except BadSignature:
                continue
            return token_user(role)
        return None


def tokens_of(settings: AuthSettings) -> Mapping[str, SecretStr]:
    """Return the token of each role that has one."""
    tokens = {OPERATOR: settings.operator_token, VIEWER: settings.viewer_token}
    return {role: token for role, token in tokens.items() if token is not None}


def token_user(role: str) -> CurrentUser:
    """Return who has a role's token: nobody in particular."""
    return CurrentUser(role, frozenset({role}))


def _signer(role: str, token: SecretStr, secret: SecretStr | None) -> TimestampSigner:
    key = hmac.digest(_bytes(secret) or _CONTEXT, _bytes(token), "sha256")
    salt = _CONTEXT + b" " + role.encode("ascii")
    return TimestampSigner(key, salt=salt, digest_method=hashlib.sha256)


def _bytes(secret: SecretStr | None) -> bytes:
    return secret.get_secret_value().encode("utf-8") if secret else b""


def _is_secure(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")
