"""Calling the Graph API: with its version, and with an eye on its rate limit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx2
from pydantic import BaseModel, SecretStr

from kit.platforms.api import Api, Call, Judge
from kit.platforms.graph.usage import Meter
from kit.platforms.http import Bearer
from kit.platforms.outcomes import NotFound
from kit.platforms.paging import next_page
from kit.platforms.settings import PlatformSettings
from kit.platforms.wire import Wire

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T", bound=Wire)
PAGE = 100


class Cursors(Wire):
    """Where a page begins and ends."""

    after: str = ""


class Paging(Wire):
    """Whether there are more pages. The address of the next one holds the token."""

    cursors: Cursors = Cursors()
    next: SecretStr | None = None


class Page(Wire, Generic[T]):
    """A page of a list."""

    data: tuple[T, ...]
    paging: Paging = Paging()


class Created(Wire):
    """The id of what was created."""

    id: str


@dataclass(frozen=True, slots=True)
class Graph:
    """The Graph API as one of Meta's platforms uses it."""

    api: Api
    meter: Meter
    limit: int

    async def read(self, model: type[M], call: Call, token: SecretStr, **content: Any) -> M:
        """Send a call and read its answer.

        Raises:
            RetryAfter: The rate limit is reached, or nearly; nothing happened.
            PlatformError: Any other outcome.
        """
        self.meter.check(token)
        response = await self.api.send(call, Bearer(token), **content)
        self.meter.note(token, response.headers, self.limit)
        return self.api.parse(model, response, call)

    async def find(self, model: type[M], call: Call, token: SecretStr, **content: Any) -> M | None:
        """Read an answer, or return None where there is nothing to read."""
        try:
            return await self.read(model, call, token, **content)
        except NotFound:
            return None

    async def entries(
        self, model: type[Page[T]], path: str, token: SecretStr, query: dict[str, str]
    ) -> AsyncIterator[T]:
        """Read a list to its end.

        Raises:
            PlatformError: As in ``read``.
        """
        wanted, call = query | {"limit": str(PAGE)}, Call("GET", path)
        while True:
            page = await self.read(model, call, token, params=wanted)
            for entry in page.data:
                yield entry
            if page.paging.next is None:
                return
            after = page.paging.cursors.after
            wanted["after"] = next_page(self.api.platform, call, wanted.get("after"), after)


def graph(
    platform: str,
    http: httpx2.AsyncClient,
    base_url: str,
    settings: PlatformSettings,
    judge: Judge,
    meter: Meter,
) -> Graph:
    """Make the API of one platform, at the version of the settings."""
    api = Api(platform, http, f"{base_url}/{settings.graph_version}", judge)
    return Graph(api, meter, settings.graph_slow_down_at)
