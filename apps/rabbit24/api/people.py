"""Users: register, come in, go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request

from hutch import Inject
from hutch.http import Conflict, Forbidden, Unprocessable, controller, get, guard, post
from hutch_auth import Auth, CurrentUser, InvalidUser, UserExists, Users
from hutch_ratelimit import RequestLimit, fixed_window
from rabbit24.asked import Login
from rabbit24.services.credit import Credits
from rabbit24.settings import Rabbit24Settings
from rabbit24.views import Me


class Registrations(RequestLimit):
    """How often one address may register."""

    name = "register"
    limits = (fixed_window(30, timedelta(hours=1)),)


@controller("/api")
@dataclass
class PeopleController:
    """Accounts of people; JSON alone is taken, which no form of another site can send."""

    auth: Auth
    users: Users
    credits: Credits
    settings: Rabbit24Settings

    @post("/register", status=201)
    @guard(Registrations)
    async def register(self, new: Login) -> Me:
        """Add a user without a role, who sees brands of their own alone."""
        if not self.settings.registration:
            raise Forbidden("Registration is off: ask an operator for an account.")
        try:
            user = await self.users.add(new.name, new.password.get_secret_value())
        except InvalidUser as error:
            raise Unprocessable(str(error)) from error
        except UserExists as error:
            raise Conflict("This name is taken: choose another.") from error
        return await self._shown(CurrentUser(user.name, user.roles, user.id))

    @post("/login")
    async def log_in(self, login: Login, request: Request) -> Me:
        """Begin a session."""
        password = login.password.get_secret_value()
        user = await self.auth.log_in(request, login.name, password, remember=login.remember)
        return await self._shown(user)

    @post("/logout", status=204)
    async def log_out(self, user: Inject[CurrentUser], request: Request) -> None:
        """End the session."""
        await self.auth.log_out(request)

    @get("/me")
    async def me(self, user: Inject[CurrentUser]) -> Me:
        """Tell who sends the request."""
        return await self._shown(user)

    async def _shown(self, user: CurrentUser) -> Me:
        balance = None if user.id is None else await self.credits.balance(user.id)
        return Me(id=user.id, roles=tuple(sorted(user.roles)), credits=balance)
