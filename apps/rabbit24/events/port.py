"""What the app needs of a channel."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Listening:
    """The subscription stands: what is told from now on is heard.

    It comes first, and again after a lost connection, when something may have been
    missed: read the state again then.
    """


class Events(Protocol):
    """Tells events to those who listen."""

    async def tell(self, channel: tuple[str, ...], message: str) -> None:
        """Tell everybody who listens to the channel."""
        ...

    def listen(self, channel: tuple[str, ...]) -> AsyncGenerator[str | Listening]:
        """Hear the channel until the generator is closed."""
        ...
