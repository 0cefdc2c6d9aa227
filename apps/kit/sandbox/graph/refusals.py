"""The Graph API's refusals."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from kit.sandbox.refusals import Refusal, refusing


def refusal(
    code: int,
    message: str,
    *,
    status: int = 400,
    subcode: int = 0,
    transient: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    """Refuse in the Graph API's form."""
    error = {
        "message": f"(#{code}) {message}",
        "type": "OAuthException",
        "code": code,
        **({"error_subcode": subcode} if subcode else {}),
        **({"is_transient": True} if transient else {}),
        "fbtrace_id": secrets.token_urlsafe(8),
    }
    return Refusal(status, {"error": error}, headers=headers)


def invalid(messages: Sequence[str]) -> Refusal:
    """100: the request is not what the contract says."""
    return refusal(100, "; ".join(messages))


def checked() -> AbstractContextManager[None]:
    """Turn what breaks the schema into a refusal that names each place."""
    return refusing(invalid)


def unauthorized() -> Refusal:
    """190: no token, or one that has ended."""
    return refusal(190, "Error validating access token: Session has expired", status=401)


def forbidden() -> Refusal:
    """200: the account may not do this."""
    return refusal(200, "Permissions error", status=403)


def not_found(id_: str) -> Refusal:
    """100/33: it is not there, or not to be seen."""
    return refusal(100, f"Object with ID '{id_}' does not exist", subcode=33)


def blocked() -> Refusal:
    """368: the account is blocked for a while."""
    return refusal(368, "The action attempted has been deemed abusive or is otherwise disallowed")


def duplicate() -> Refusal:
    """506: the same words were posted before."""
    return refusal(506, "Duplicate status message")


def limited(account_id: str, minutes: int) -> Refusal:
    """32: too many calls; a header tells for how many minutes."""
    usage = {
        "type": "pages",
        "call_count": 100,
        "total_cputime": 20,
        "total_time": 20,
        "estimated_time_to_regain_access": minutes,
    }
    headers = {"x-business-use-case-usage": json.dumps({account_id: [usage]})}
    return refusal(32, "Page request limit reached", transient=True, headers=headers)


def unavailable() -> Refusal:
    """2: it broke, or says so."""
    return refusal(2, "Service temporarily unavailable", status=500, transient=True)
