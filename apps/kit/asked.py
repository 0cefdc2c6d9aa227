"""What clients of any app send: texts, tokens and instants that can be kept and sent on."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, ConfigDict, SecretStr

from kit.payloads import Payload

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Asked(Payload):
    """Base of what clients send: what is not known is refused, so a typo is."""

    model_config = ConfigDict(extra="forbid")


def storable(text: str) -> str:
    """Refuse text that no database keeps."""
    if "\0" in text:
        raise ValueError("it holds a NUL character, which cannot be stored; remove it")
    return text


def readable(text: str) -> str:
    """Refuse text that nobody could read."""
    if not text.strip():
        raise ValueError("it is empty; write something")
    return storable(text)


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
