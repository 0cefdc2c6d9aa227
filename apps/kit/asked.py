"""What clients of any app send: types whose values can be kept and sent on."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, SecretStr

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def on_the_calendar(at: datetime) -> datetime:
    """Refuse the ends of the calendar, which no clock can count to; return the rest in UTC."""
    if not EARLIEST <= at <= LATEST:
        raise ValueError("it is not between the years 2000 and 2200")
    return at.astimezone(UTC)


def sendable(token: SecretStr) -> SecretStr:
    """Refuse a token that cannot stand in a request's header."""
    if not re.fullmatch(r"[\x21-\x7e]{1,4096}", token.get_secret_value()):
        raise ValueError("it is empty, too long, or holds what no token does: copy it again")
    return token


Instant = Annotated[AwareDatetime, AfterValidator(on_the_calendar)]
Token = Annotated[SecretStr, AfterValidator(sendable)]
