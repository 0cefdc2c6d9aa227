"""Sending a call to a platform's API and reading its answer, the same for every platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from kit.client import send
from kit.platforms.http import transport_outcome
from kit.platforms.outcomes import (
    FailPermanent,
    NotFound,
    PlatformError,
    RetryBackoff,
    Unknown,
)

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call:
    """A call as its messages name it.

    Attributes:
        path: Behind the base URL; without secrets, for it is logged. Where the base URL
            is itself the address, and a secret, it is empty.
        writes: Whether it changes something that people see, so that it must not be
            repeated when its answer is lost.
    """

    method: str
    path: str
    writes: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path or 'the address it gave'}"


Judge = Callable[[httpx2.Response, Call], PlatformError]
"""Says what an answer that is no success means."""


@dataclass(frozen=True, slots=True)
class Api:
    """A platform's API.

    Attributes:
        platform: Its name, for messages.
        base_url: Without a closing slash.
    """

    platform: str
    http: httpx2.AsyncClient = field(repr=False)
    base_url: str
    judge: Judge

    async def send(self, call: Call, auth: httpx2.Auth | None, **content: Any) -> httpx2.Response:
        """Send a call.

        Raises:
            PlatformError: It brought no answer, or one that is no success.
        """
        url = f"{self.base_url}{call.path}"
        request = self.http.build_request(call.method, url, **content)
        try:
            response = await send(self.http, request, auth)
        except httpx2.RequestError as error:
            raise transport_outcome(error, str(call), writes=call.writes) from error
        if not response.is_success:
            raise self.judge(response, call)
        return response

    async def read(self, model: type[M], call: Call, auth: httpx2.Auth | None, **content: Any) -> M:
        """Send a call and read its answer.

        Raises:
            PlatformError: As in ``send``, or the answer lacks what was asked for.
        """
        return self.parse(model, await self.send(call, auth, **content), call)

    def parse(self, model: type[M], response: httpx2.Response, call: Call) -> M:
        """Read an answer.

        Raises:
            RetryBackoff: It is no JSON, such as a proxy's page; it may be asked again.
            PlatformError: It lacks what was asked for.
        """
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            if not call.writes and error.errors()[0]["type"] == "json_invalid":
                said = f"{self.platform} answered {response.status_code} to {call} without JSON"
                raise RetryBackoff(f"{said}: try again later.") from error
            raise self.incomplete(response, call) from error

    async def find(
        self, model: type[M], call: Call, auth: httpx2.Auth | None, **content: Any
    ) -> M | None:
        """Send a call and read its answer, or return None where there is nothing to read.

        Raises:
            PlatformError: As in ``read``, but ``NotFound``.
        """
        try:
            return await self.read(model, call, auth, **content)
        except NotFound:
            return None

    def incomplete(self, response: httpx2.Response, call: Call) -> PlatformError:
        """Judge a success that lacks what was asked for."""
        said = (
            f"{self.platform} answered {response.status_code} to {call} without what was asked for"
        )
        if call.writes:
            return Unknown(f"{said}: it may have taken effect; look it up.")
        return FailPermanent(f"{said}: it may not be visible to us.")
