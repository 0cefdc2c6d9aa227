import subprocess
import sys

import pytest
from tests.hutch_auth.apps import Things

import hutch_auth
from hutch import App, Module
from hutch.errors import AmbiguousProvider, InvalidDeclaration
from hutch_auth import Auth, CurrentUser, Users, auth_module, operators_module


def test_each_module_is_one() -> None:
    assert operators_module() is operators_module()
    assert auth_module() is auth_module()
    assert {Auth, CurrentUser} <= set(operators_module().exports) & set(auth_module().exports)
    assert Users in auth_module().exports
    assert Users not in operators_module().exports


def test_accounts_without_their_libraries_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("accounts", "passwords", "table_users", "user_auth"):
        monkeypatch.delitem(sys.modules, f"hutch_auth.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "argon2", None)
    auth_module.cache_clear()
    try:
        with pytest.raises(
            InvalidDeclaration, match=r"argon2 is not installed: pip install 'hutch"
        ):
            auth_module()
    finally:
        auth_module.cache_clear()


def test_an_app_knows_people_in_one_way() -> None:
    both = Module("both", imports=[operators_module(), auth_module()], controllers=[Things])
    with pytest.raises(AmbiguousProvider, match="Auth"):
        App(both)


def test_the_monitor_and_the_tokens_need_no_library_of_the_accounts() -> None:
    blocked = ["argon2", "sqlalchemy", "cryptography", "hutch_database", "hutch_session"]
    code = f"""
import sys
sys.modules.update(dict.fromkeys({blocked}))
import hutch_monitor
hutch_monitor.monitor_module()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_public_names() -> None:
    assert sorted(hutch_auth.__all__) == [
        "ADMIN",
        "Auth",
        "AuthError",
        "AuthSettings",
        "CurrentUser",
        "InvalidUser",
        "IssuedToken",
        "LoggedIn",
        "LoginPage",
        "OPERATOR",
        "Registration",
        "RequireRole",
        "RoleGuard",
        "TokenInfo",
        "UnknownToken",
        "UnknownUser",
        "User",
        "UserExists",
        "Users",
        "VIEWER",
        "admit",
        "auth_module",
        "bearer_of",
        "is_safe",
        "operators_module",
        "refuse_foreign",
    ]
