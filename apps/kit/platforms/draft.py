"""What a platform takes of a post, checked before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kit.platforms.outcomes import FailPermanent


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a platform takes.

    Attributes:
        platform: Its name, for messages.
        length: The longest text, by the platform's own count.
        media: How many at most.
        counting: How it counts, if that is not by characters.
        noun: What is sent, for messages.
        needs_media: Whether it takes nothing that is text only.
    """

    platform: str
    length: int
    media: int
    counting: str = ""
    noun: str = "post"
    needs_media: bool = False

    def check(self, text: str, media: Sequence[str] = (), *, length: int | None = None) -> None:
        """Refuse what the platform would refuse.

        Args:
            text: The post.
            media: Its pictures and videos.
            length: The text's length as the platform counts it, if not by characters.

        Raises:
            FailPermanent: It is empty, too long, or has too many media or none.
        """
        if not media:
            self._check_alone(text)
        counted = len(text) if length is None else length
        if counted > self.length:
            limit = f"{self.platform}'s {self.length}{self.counting}"
            raise FailPermanent(
                f"This {self.noun} counts {counted} of {limit}: "
                f"shorten it by {counted - self.length}."
            )
        if len(media) > self.media:
            raise FailPermanent(
                f"This {self.noun} has {len(media)} media; {self.platform} takes {self.media}."
            )

    def _check_alone(self, text: str) -> None:
        if not text.strip():
            remedy = "text or media" if self.media else "text"
            raise FailPermanent(f"This {self.noun} is empty: give it {remedy}.")
        if self.needs_media:
            said = f"{self.platform} takes no {self.noun} without a picture or a video."
            raise FailPermanent(said)
