"""PauseEvent: what is told on the channel when something is paused or goes on."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from hutch_pause.names import ALL
from hutch_pause.settings import PauseSettings
from hutch_pubsub import Channel, Events, EventsUnavailable


class PauseEvent(BaseModel):
    """``{"contactId", "action", "expiresAt", "reason"?}`` on the channel.

    Attributes:
        subject: Who; ``ALL`` for the pause of all.
        action: What began.
        expires_at: When the pause ends or has ended, in milliseconds since 1970; None where it
            has no end, or was ended early.
        reason: What whoever did it said; ``expired`` where a pause ran out.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, frozen=True, populate_by_name=True, serialize_by_alias=True
    )

    subject: str = Field(validation_alias="contactId", serialization_alias="contactId")
    action: Literal["pause", "resume"]
    expires_at: int | None = None
    reason: str | None = None

    @property
    def is_all(self) -> bool:
        """Whether it is about the pause of all."""
        return self.subject == ALL


class Teller:
    """Tells pauses to who listens to ``Events``, whatever is behind them.

    Args:
        settings: The channel.
        events: Where pauses are told.
    """

    def __init__(self, settings: PauseSettings, events: Events) -> None:
        self._topic = Channel(settings.channel, PauseEvent).of()
        self._events = events

    async def __call__(self, event: PauseEvent) -> None:
        """Tell it; that nobody can be told does not undo a pause."""
        with suppress(EventsUnavailable):
            await self._events.publish(self._topic, event)
