"""The verdict counts what is there and names what is missing."""

import io
import json
from collections.abc import Callable

import httpx2
from rich.console import Console

from demo.show import summary, table
from demo.story import PostStory, Step, Story
from demo.verdict import Finding, judge


def story() -> Story:
    posts = {
        "a": PostStory(1, "a", Step.PUBLISHED, "PUBLISHED", 1, "100", "u", 0.5),
        "b": PostStory(2, "b", Step.PUBLISHED, "PUBLISHED", 0, "999", "u", 0.5),
        "c": PostStory(3, "c", Step.SENDING, "UNKNOWN"),
    }
    return Story("demo-1", 3, posts)


async def findings() -> list[Finding]:
    texts = [("100", "one demo-1"), ("101", "one demo-1"), ("102", "of another run")]
    state = {"x": {"posts": [{"id": number, "text": text} for number, text in texts]}}

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, text=json.dumps(state))

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        return await judge(story(), client, "http://sandbox")


async def test_every_shortfall_is_found() -> None:
    assert await findings() == [
        Finding("publication rows PUBLISHED", 3, 2, "post 3 is UNKNOWN"),
        Finding("posts on the platform", 3, 1),
        Finding("posts on the platform twice", 0, 1),
        Finding("rows that name a post the platform lacks", 0, 1, "post 2"),
        Finding("events received", 3, 1, "post 2, post 3"),
    ]


async def test_the_summary_says_what_is_wrong() -> None:
    found = await findings()
    text = shown(lambda console: summary(console, found, 1.5))
    assert "Wrong: publication rows PUBLISHED: 2 instead of 3: post 3 is UNKNOWN" in text


def test_the_table_shows_each_post() -> None:
    text = shown(lambda console: console.print(table(story())))
    assert "rabbit24: 2 of 3 posts published, 1 events heard" in text
    assert "sending" in text


def shown(draw: Callable[[Console], None]) -> str:
    page = io.StringIO()
    draw(Console(file=page, width=100))
    return page.getvalue()
