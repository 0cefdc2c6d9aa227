"""Writing: a suggestion of what to post next, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from kit.ai import Task, Writer
from xbot.schemas import Suggestion
from xbot.services.beliefs import Beliefs

POST = Task(
    name="post",
    instructions=(
        "Write one short post for X, at most 240 characters, about the topic. "
        "Invent no facts, names or figures. End with the topic as a hashtag."
    ),
    templates=(
        "What do you want to know about $topic? Ask away. ($day) #$topic",
        "It is $day, a good day for $topic. What is yours? #$topic",
        "One thing about $topic that you learned late? Ours comes next. $day #$topic",
    ),
    most_tokens=120,
)


@dataclass(frozen=True, slots=True)
class Writing:
    """Chooses by what was learned, and lets the model write."""

    beliefs: Beliefs
    writer: Writer

    async def suggest(self, random: Random) -> Suggestion:
        """Draw a topic and an hour, and write about it.

        Raises:
            TalliesUnavailable: The counters cannot be read.
            PlatformError: The model did not write.
        """
        choice = await self.beliefs.choose(random, datetime.now(UTC))
        text = None
        if choice.topic is not None:
            facts = {"topic": choice.topic, "day": f"{choice.at:%d %B}"}
            text = (await self.writer.write(POST, facts)).text
        return Suggestion(topic=choice.topic, hour=choice.hour, at=choice.at, text=text)
