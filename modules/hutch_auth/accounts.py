"""The module of accounts; it needs the libraries of the extra ``auth``."""

from __future__ import annotations

from functools import cache

from hutch.binding import bind
from hutch.contributions import Command, Migrations
from hutch.module import Module
from hutch_auth.guard import current_user
from hutch_auth.login_page import LoginPage
from hutch_auth.module import tokens_module
from hutch_auth.passwords import Passwords, open_passwords
from hutch_auth.port import Auth, CurrentUser
from hutch_auth.table_users import TableUsers
from hutch_auth.user_auth import UserAuth
from hutch_auth.users import Users
from hutch_database import database_module
from hutch_session import session_module


@cache
def accounts_module() -> Module:
    """Return the module that knows users with accounts; always the same one."""
    return Module(
        "auth",
        imports=[tokens_module(), database_module(), session_module()],
        providers=[
            LoginPage,
            bind(Passwords).open(open_passwords),
            bind(Users).to(TableUsers),
            bind(Auth).to(UserAuth),
            bind(CurrentUser).open(current_user).per_request(),
        ],
        exports=[Auth, CurrentUser, LoginPage, Users, session_module()],
        contributions=[
            Migrations("hutch_auth", "hutch_auth:migrations"),
            Command("users", "hutch_auth.cli:app", "Add users, and say what they may do."),
        ],
    )
