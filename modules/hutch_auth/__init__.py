"""Who may do what: users with accounts, roles, logins, API tokens and guards."""

from hutch_auth.bearer import bearer_of
from hutch_auth.errors import AuthError, InvalidUser, UnknownToken, UnknownUser, UserExists
from hutch_auth.guard import LoggedIn, RequireRole, RoleGuard, admit
from hutch_auth.login_page import LoginPage
from hutch_auth.module import auth_module, operators_module
from hutch_auth.origin import is_safe, refuse_foreign
from hutch_auth.port import Auth, CurrentUser
from hutch_auth.registration import Registration
from hutch_auth.roles import ADMIN, OPERATOR, VIEWER
from hutch_auth.settings import AuthSettings
from hutch_auth.users import IssuedToken, TokenInfo, User, Users

__all__ = [
    "ADMIN",
    "OPERATOR",
    "VIEWER",
    "Auth",
    "AuthError",
    "AuthSettings",
    "CurrentUser",
    "InvalidUser",
    "IssuedToken",
    "LoggedIn",
    "LoginPage",
    "Registration",
    "RequireRole",
    "RoleGuard",
    "TokenInfo",
    "UnknownToken",
    "UnknownUser",
    "User",
    "UserExists",
    "Users",
    "admit",
    "auth_module",
    "bearer_of",
    "is_safe",
    "operators_module",
    "refuse_foreign",
]
