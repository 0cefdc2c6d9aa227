"""The verdict: what there should be, and what there is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import httpx2

from demo.story import Step, Story


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked."""

    what: str
    expected: int
    found: int
    missing: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        return self.found == self.expected


async def judge(story: Story, client: httpx2.AsyncClient, sandbox: str) -> list[Finding]:
    """Compare what the app says with what the platform has and what was heard."""
    state = (await client.get(f"{sandbox}/_sandbox/state")).raise_for_status().json()
    texts = Counter(p["text"] for p in state["x"]["posts"] if story.brand in p["text"])
    known = {p["id"] for p in state["x"]["posts"]}
    posts = story.posts.values()
    unpublished = [p for p in posts if p.step is not Step.PUBLISHED]
    unknown = [p for p in posts if p.step is Step.PUBLISHED and p.remote_id not in known]
    unheard = [p for p in posts if p.events == 0]
    twice = sum(times - 1 for times in texts.values())
    return [
        Finding(
            "publication rows PUBLISHED",
            story.expected,
            story.count(Step.PUBLISHED),
            ", ".join(f"post {p.number} is {p.state or p.step.value}" for p in unpublished),
        ),
        Finding("posts on the platform", story.expected, len(texts)),
        Finding("posts on the platform twice", 0, twice),
        Finding(
            "rows that name a post the platform lacks",
            0,
            len(unknown),
            ", ".join(f"post {p.number}" for p in unknown),
        ),
        Finding(
            "events received",
            story.expected,
            sum(p.events > 0 for p in posts),
            ", ".join(f"post {p.number}" for p in unheard),
        ),
    ]
