"""What every call to LinkedIn has to bring: headers and a token."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import Request

from kit.sandbox.accounts import Account, Accounts, bearer
from kit.sandbox.linkedin.refusals import invalid, no_version, retired, unauthorized


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets calls in that bring what LinkedIn asks for."""

    accounts: Accounts

    def holder(self, request: Request) -> Account:
        """Find whose call it is.

        Raises:
            Refusal: A header or the token is missing or wrong.
        """
        account = self.accounts.holder(bearer(request))
        if account is None:
            raise unauthorized()
        version = request.headers.get("LinkedIn-Version")
        if version is None:
            raise no_version()
        if not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", version):
            raise retired(version)
        if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
            raise invalid(["X-Restli-Protocol-Version: 2.0.0 is the one played here"])
        return account
