"""PauseEvent: what is told on the channel when something is paused or goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from hutch_pause.names import ALL


@dataclass(frozen=True, slots=True)
class PauseEvent:
    """``{"contactId", "action", "expiresAt", "reason"?}`` on the channel.

    Attributes:
        subject: Who; ``ALL`` for the pause of all.
        action: What began.
        expires_at: When the pause ends or has ended, in milliseconds since 1970; None where it
            has no end, or was ended early.
        reason: What whoever did it said; ``expired`` where a pause ran out.
    """

    subject: str
    action: Literal["pause", "resume"]
    expires_at: int | None = None
    reason: str | None = None

    @property
    def is_all(self) -> bool:
        """Whether it is about the pause of all."""
        return self.subject == ALL

    def as_json(self) -> str:
        """Write it as it stands on the channel."""
        fields = {"contactId": self.subject, "action": self.action, "expiresAt": self.expires_at}
        return json.dumps(fields | ({} if self.reason is None else {"reason": self.reason}))

    @classmethod
    def from_json(cls, text: str | bytes) -> PauseEvent:
        """Read it from the channel.

        Raises:
            ValueError: It is no such event.
        """
        try:
            found = json.loads(text)
            return cls(found["contactId"], found["action"], found["expiresAt"], found.get("reason"))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no event of a pause: {type(error).__name__}") from None
