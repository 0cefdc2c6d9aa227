"""What every call of the Graph API has to bring, and what every answer tells."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from kit.sandbox.accounts import Account, Accounts, bearer
from kit.sandbox.graph.refusals import (
    checked,
    forbidden,
    invalid,
    limited,
    unauthorized,
)
from kit.sandbox.windows import Windows

HOUR = 60 * 60
_JSON = TypeAdapter(dict[str, Any])
Serve = Callable[["Visit"], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A call that was let in.

    Attributes:
        node: The id in its path.
        params: Its query, form or JSON, without the token.
        base_url: Where the sandbox is, with a closing slash.
    """

    account: Account
    token: str
    node: str
    params: dict[str, Any]
    base_url: str

    def own(self) -> None:
        """Make sure that the node is the account itself.

        Raises:
            Refusal: It is another one.
        """
        if self.node != self.account.user_id:
            raise forbidden()


@dataclass(frozen=True, slots=True)
class Door:
    """Lets calls in that bring a valid token, and counts them by the hour."""

    accounts: Accounts
    windows: Windows

    async def serve(self, request: Request, serve: Serve, *, expire: bool = False) -> Response:
        """Serve a call.

        Args:
            request: The call.
            serve: Answers it.
            expire: Whether the token ends before it is looked at.

        Raises:
            Refusal: It is not let in.
        """
        visit = await self._visit(request, expire=expire)
        account = visit.account
        window = self.windows.window(account.user_id, "all")
        if not window.take():
            raise limited(account.user_id, math.ceil((window.reset - time.time()) / 60))
        response = await serve(visit)
        percent = 100 * window.used // window.limit
        usage = {"call_count": percent, "total_cputime": 0, "total_time": 0}
        response.headers["x-app-usage"] = json.dumps(usage)
        return response

    async def _visit(self, request: Request, *, expire: bool) -> Visit:
        params = await _params(request)
        token = params.pop("access_token", "") or bearer(request)
        if expire:
            self.accounts.expire(token)
        account = self.accounts.holder(token)
        if account is None:
            raise unauthorized()
        if not re.fullmatch(r"v\d+\.\d+", request.path_params["version"]):
            raise invalid(["the path begins with a version such as v25.0"])
        node, base_url = request.path_params["node"], str(request.base_url)
        return Visit(account, token, node, params, base_url)


async def _params(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        with checked():
            return _JSON.validate_json(await request.body())
    return dict(await request.form())
