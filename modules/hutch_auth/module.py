"""The modules: who may do what, by tokens of the settings or by accounts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from hutch.binding import bind
from hutch.contributions import Metrics, Reading
from hutch.errors import InvalidDeclaration
from hutch.module import Module
from hutch_auth.cookie import TokenCookie
from hutch_auth.guard import current_user
from hutch_auth.login_page import LoginPage
from hutch_auth.port import Auth, CurrentUser
from hutch_auth.settings import AuthSettings
from hutch_auth.token_auth import TokenAuth
from hutch_auth.tries import Tries
from hutch_ratelimit import ratelimit_module


async def _read_logins(tries: Tries) -> Iterable[Reading]:
    return [
        Reading("hutch_auth_logins_total", count, (("outcome", outcome),))
        for outcome, count in tries.outcomes.items()
    ]


@cache
def tokens_module() -> Module:
    """Return what both modules share: the tokens of the settings, and the count of tries."""
    return Module(
        "auth-tokens",
        imports=[ratelimit_module()],
        providers=[AuthSettings, TokenCookie, Tries, TokenAuth],
        exports=[AuthSettings, Tries, TokenAuth],
        contributions=[
            Metrics(
                _read_logins,
                {"hutch_auth_logins_total": "Tries to log in since this process started."},
            )
        ],
    )


@cache
def operators_module() -> Module:
    """Return the module that knows an operator and a viewer by tokens of the settings.

    It needs no database; ``auth_module`` knows them too, and users with accounts.
    """
    return Module(
        "operators",
        imports=[tokens_module()],
        providers=[
            LoginPage,
            bind(Auth).alias(TokenAuth),
            bind(CurrentUser).open(current_user).per_request(),
        ],
        exports=[Auth, CurrentUser, LoginPage],
    )


@cache
def auth_module() -> Module:
    """Return the module that knows users with accounts; always the same one.

    Beside ``Auth`` it gives its importers ``Users`` and, from the session module, ``Sessions``.

    Raises:
        InvalidDeclaration: The libraries that accounts need are not installed.
    """
    try:
        from hutch_auth.accounts import accounts_module
    except ModuleNotFoundError as error:
        raise InvalidDeclaration(
            f"auth_module(): {error.name} is not installed: pip install 'hutch[auth]'. "
            "operators_module() does without."
        ) from error
    return accounts_module()
