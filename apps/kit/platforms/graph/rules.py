"""What the Graph API's refusals mean: a table from error codes to outcomes.

Source: Graph API, error handling; the platforms' own codes are in their packages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
from pydantic import Field, ValidationError

from kit.platforms.api import Call, Judge
from kit.platforms.graph.usage import HOUR, usage
from kit.platforms.judging import broken, pause
from kit.platforms.outcomes import (
    FailPermanent,
    NeedsReauth,
    NotFound,
    PlatformError,
    ProbablyDuplicate,
    RetryAfter,
    RetryBackoff,
)
from kit.platforms.wire import Wire

_NOT_THERE = 33


class GraphError(Wire):
    """What the Graph API says of a refusal. Its message may quote the post."""

    message: str = Field(default="", repr=False)
    code: int = 0
    error_subcode: int = 0
    is_transient: bool = False


class Refusal(Wire):
    """The body of a refusal."""

    error: GraphError = GraphError()


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused call.

    Attributes:
        said: What was answered to what call.
    """

    said: str
    error: GraphError
    headers: httpx2.Headers
    writes: bool

    @property
    def detail(self) -> str:
        """The platform's own words."""
        return self.error.message


Rule = Callable[[Refused], PlatformError]


def transient(refused: Refused) -> PlatformError:
    """It broke on their side, before or after it took effect."""
    return broken(refused.said, writes=refused.writes, detail=refused.detail)


def busy(refused: Refused) -> PlatformError:
    """Refused for the moment, without effect."""
    return RetryBackoff(f"{refused.said}: try again later.", detail=refused.detail)


def throttled(refused: Refused) -> PlatformError:
    """A rate limit; the headers may tell for how long."""
    return after(usage(refused.headers).regain or HOUR)(refused)


def after(wait: timedelta) -> Rule:
    """Make the rule of a limit that is over after some time."""

    def rule(refused: Refused) -> PlatformError:
        at = datetime.now(UTC) + wait
        said = f"{refused.said}: try again at {at.isoformat()}."
        return RetryAfter(said, at=at, detail=refused.detail)

    return rule


def reconnect(refused: Refused) -> PlatformError:
    """The token has ended or lacks a permission; none of Meta's tokens can be refreshed then."""
    return NeedsReauth(f"{refused.said}: connect the account again.", detail=refused.detail)


def blocked(refused: Refused) -> PlatformError:
    """The account is blocked for a while."""
    return pause(f"{refused.said}: the account is blocked", detail=refused.detail)


def duplicate(refused: Refused) -> PlatformError:
    """The same content was there before."""
    said = f"{refused.said}: duplicate content; look it up."
    return ProbablyDuplicate(said, detail=refused.detail)


def permanent(refused: Refused) -> PlatformError:
    """It would be refused again."""
    said = f"{refused.said}: it will not be accepted."
    return FailPermanent(said, detail=refused.detail)


def invalid(refused: Refused) -> PlatformError:
    """A parameter is wrong, or names what is not there."""
    if refused.error.error_subcode == _NOT_THERE:
        return NotFound(f"{refused.said}: it is not there.", detail=refused.detail)
    return permanent(refused)


CODES: Mapping[int, Rule] = {
    **dict.fromkeys((1, 2), transient),
    **dict.fromkeys((4, 17, 32, 341, 613, 80001, 80002, 80007), throttled),
    **dict.fromkeys((102, 190), reconnect),
    **dict.fromkeys((3, 10, *range(200, 300)), reconnect),
    100: invalid,
    368: blocked,
    506: duplicate,
}
"""The codes that all of Meta's platforms share."""

STATUS: Mapping[int, Rule] = {401: reconnect, 403: reconnect, 408: transient, 429: throttled}
"""What the HTTP status says where no code is known."""


def judge(
    platform: str,
    codes: Mapping[int, Rule] = CODES,
    subcodes: Mapping[int, Rule] | None = None,
    status: Mapping[int, Rule] = STATUS,
) -> Judge:
    """Make the judge of a platform.

    Args:
        platform: Its name, for messages.
        codes: What its error codes mean.
        subcodes: What its subcodes mean; they decide before the codes.
        status: What the HTTP status says where no code is known.
    """
    table = subcodes or {}

    def judged(response: httpx2.Response, call: Call) -> PlatformError:
        error = _error(response)
        number = f"{error.code}/{error.error_subcode}" if error.error_subcode else error.code
        said = f"{platform} answered {response.status_code} code {number} to {call}"
        refused = Refused(said, error, response.headers, call.writes)
        rule = table.get(error.error_subcode) or codes.get(error.code)
        if rule is None and error.is_transient:
            rule = transient
        by_status = transient if response.status_code >= 500 else permanent
        return (rule or status.get(response.status_code, by_status))(refused)

    return judged


def _error(response: httpx2.Response) -> GraphError:
    try:
        return Refusal.model_validate_json(response.content).error
    except ValidationError:
        return GraphError()
