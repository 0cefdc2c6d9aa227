"""The login cookie: who logged in, signed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from itsdangerous import BadSignature, TimestampSigner
from pydantic import SecretStr
from starlette.requests import HTTPConnection
from starlette.responses import Response

from hutch_monitor.port import Access, Operator
from hutch_monitor.settings import MonitorSettings

COOKIE = "hutch_operator"
_CONTEXT = b"hutch_monitor login cookie"


class LoginCookie:
    """Writes and reads login cookies.

    Each access has a key of its own, made from its token, so that all processes
    agree, a changed token logs everybody out, and who knows the viewers' token
    cannot sign as an operator.
    """

    def __init__(self, settings: MonitorSettings) -> None:
        self._lifetime = settings.lifetime
        self._signers = {
            access: _signer(access, token, settings.secret_key)
            for access, token in tokens_of(settings).items()
        }

    def log_in(self, connection: HTTPConnection, response: Response, operator: Operator) -> None:
        """Let the response set the cookie.

        Raises:
            KeyError: Nobody with this access can log in.
        """
        signed = self._signers[operator.access].sign(operator.name).decode("ascii")
        response.set_cookie(
            COOKIE,
            signed,
            max_age=int(self._lifetime),
            httponly=True,
            samesite="lax",
            secure=_is_secure(connection),
        )

    def log_out(self, connection: HTTPConnection, response: Response) -> None:
        """Let the response remove the cookie."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=_is_secure(connection))

    def read(self, connection: HTTPConnection) -> Operator | None:
        """Return who logged in, None without a valid cookie."""
        signed = connection.cookies.get(COOKIE, "")
        for access, signer in self._signers.items():
            try:
                name = signer.unsign(signed, max_age=int(self._lifetime))
            except BadSignature:
                continue
            return Operator(name.decode("utf-8"), access)
        return None


def tokens_of(settings: MonitorSettings) -> Mapping[Access, SecretStr]:
    """Return the token of each access that has one."""
    tokens = {Access.OPERATOR: settings.operator_token, Access.VIEWER: settings.viewer_token}
    return {access: token for access, token in tokens.items() if token is not None}


def _signer(access: Access, token: SecretStr, secret: SecretStr | None) -> TimestampSigner:
    key = hmac.digest(_bytes(secret) or _CONTEXT, _bytes(token), "sha256")
    salt = _CONTEXT + b" " + access.value.encode("ascii")
    return TimestampSigner(key, salt=salt, digest_method=hashlib.sha256)


def _bytes(secret: SecretStr | None) -> bytes:
    return secret.get_secret_value().encode("utf-8") if secret else b""


def _is_secure(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")
