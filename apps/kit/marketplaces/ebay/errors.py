"""What eBay's refusals mean.

Source: eBay's Browse API 1.19, error codes by category (REQUEST, BUSINESS, APPLICATION).
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx2
from pydantic import ValidationError

from kit.marketplaces.ebay.wire import Error, Errors
from kit.platforms import (
    FailPermanent,
    PlatformError,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
)
from kit.platforms.api import Call, Judge
from kit.waiting import retry_after

_GONE = (11001, 11002)
_PASSING = (11004, 11008)
"""Not for sale now, such as while its seller changes the listing: over in some minutes."""


class Gone(FailPermanent):
    """What was looked up is not for sale any more."""


def judge_in(zone: str) -> Judge:
    """Make the judge. Every call only reads, so it may be repeated.

    Args:
        zone: The time zone whose midnight renews the daily limit.
    """

    def judge(response: httpx2.Response, call: Call) -> PlatformError:
        error = _first(response)
        said = f"eBay answered {response.status_code} (error {error.error_id}) to {call}"
        if response.status_code == 429:
            at = retry_after(response.headers.get("retry-after")) or _next_midnight(zone)
            return RetryAfter(
                f"{said}: try again at {at.isoformat()}.", at=at, detail=error.message
            )
        if response.status_code in (401, 403):
            return _forbidden(response.status_code, said, error)
        broken = response.status_code >= 500 or response.status_code == 408
        if broken or error.category == "APPLICATION" or error.error_id in _PASSING:
            return RetryBackoff(f"{said}: try again later.", detail=error.message)
        kind = Gone if error.error_id in _GONE else FailPermanent
        return kind(f"{said}: it will not be accepted.", detail=error.message)

    return judge


def _forbidden(status: int, said: str, error: Error) -> PlatformError:
    remedy = (
        "check marketplaces.ebay_client_id and ebay_client_secret, and that the app may use "
        "the Browse API."
    )
    kind = RefreshThenRetryOnce if status == 401 else FailPermanent
    return kind(f"{said}: {remedy}", detail=error.message)


def _first(response: httpx2.Response) -> Error:
    try:
        found = Errors.model_validate_json(response.content).errors
    except ValidationError:
        return Error()
    return found[0] if found else Error()


def _next_midnight(zone: str) -> datetime:
    place = ZoneInfo(zone)
    tomorrow = datetime.now(place).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, place).astimezone(UTC)
