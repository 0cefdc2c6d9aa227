"""Admission: whether a message is answered, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from hutch_pause import Gate, InvalidPause, PauseSwitch
from hutch_ratelimit import fixed_window
from secondme.inbox import MAX_AGE
from secondme.models import MessageState as State
from secondme.schemas import ChatMessage
from secondme.services.clock import moment, now_ms
from secondme.services.connection import Connection
from secondme.services.contacts import Contacts
from secondme.services.errors import PausesUnknown
from secondme.services.kill_switch import BigSwitch

RATE = fixed_window(10, timedelta(seconds=60))
"""So many messages of a contact are answered; one more, and the contact is paused."""
PAUSE = timedelta(hours=1)
"""How long the bot keeps out of a conversation that the user has joined, or that runs wild."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message.

    Attributes:
        state: RECEIVED where it is answered.
        reason: Why it is not.
    """

    state: State
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """Decides about messages."""

    contacts: Contacts
    big_switch: BigSwitch
    switch: PauseSwitch
    connection: Connection

    async def judge(self, message: ChatMessage) -> Verdict:
        """Decide about a message that has just come, and count it.

        Raises:
            PausesUnknown: Nobody knows now whether the bot may answer.
        """
        if message.from_me:
            return Verdict(State.FROM_ME)
        if now_ms() - message.timestamp > MAX_AGE // timedelta(milliseconds=1):
            return Verdict(State.REVIEW, "too_old")
        if not await self.contacts.is_enabled(message.contact_id):
            return Verdict(State.NOT_ENABLED)
        if await self.big_switch.is_on():
            return Verdict(State.PAUSED, "all")
        if not message.content.strip():
            return Verdict(State.REVIEW, "no_text")
        if await self.connection.credential() is None:
            return Verdict(State.REVIEW, "not_connected")
        return _of(await self.switch.gate(message.contact_id, RATE, duration=PAUSE))

    async def refusal(self, contact_id: str) -> Verdict | None:
        """Decide again, right before an answer is sent; None where it may be.

        Raises:
            PausesUnknown: Nobody knows now whether the bot may answer.
        """
        if not await self.contacts.is_enabled(contact_id):
            return Verdict(State.NOT_ENABLED)
        if await self.big_switch.is_on():
            return Verdict(State.PAUSED, "all")
        verdict = _of(Gate(await self.switch.state(contact_id)))
        return None if verdict.state is State.RECEIVED else verdict

    async def keep_out(self, message: ChatMessage) -> None:
        """Leave a conversation to the user for a while, from when they wrote.

        Raises:
            PauseUnavailable: Redis does not answer; the bot may not keep out.
        """
        until = moment(message.timestamp) + PAUSE
        try:
            await self.switch.pause(
                message.contact_id, until=until, reason="manual", only_extend=True
            )
        except InvalidPause:
            _log.info("the user wrote too long ago to pause", message=message.message_id)


def _of(gate: Gate) -> Verdict:
    if gate.state.kind == "unknown":
        raise PausesUnknown(
            "Redis does not say whether the bot may answer, so it does not; the message is "
            "tried again."
        )
    if gate.tripped:
        return Verdict(State.LIMITED, "rate_limit")
    if not gate.allowed:
        kind = "all" if gate.state.kind == "all" else gate.state.reason or "paused"
        return Verdict(State.PAUSED, kind)
    return Verdict(State.RECEIVED)
