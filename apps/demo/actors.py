"""Who acts in the demo: an author, a listener and a reader, each over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from demo.processes import DemoError
from demo.story import PostStory, Step, Story

PACE = 0.15
LOOK = 0.25

STEPS = {
    "PENDING": Step.APPROVED,
    "PREPARED": Step.SENDING,
    "SENDING": Step.SENDING,
    "UNKNOWN": Step.SENDING,
    "DEFERRED": Step.APPROVED,
    "PUBLISHED": Step.PUBLISHED,
}


async def write(client: httpx2.AsyncClient, story: Story) -> None:
    """Write and approve the posts, one after the other.

    Raises:
        DemoError: The app refuses one.
    """
    for number in range(1, story.expected + 1):
        content = f"Hutch says hello, {number} of {story.expected} ({story.brand})"
        new = {"brandProfileId": story.brand, "content": content}
        written = _answer(await client.post("/api/posts", json=new), 201)
        post = story.posts[written["id"]] = PostStory(number, written["id"])
        _answer(await client.post(f"/api/posts/{post.id}/approve"), 202)
        if post.step is Step.WRITTEN:
            post.step = Step.APPROVED
        await asyncio.sleep(PACE)


async def listen(client: httpx2.AsyncClient, story: Story, ready: asyncio.Event) -> None:
    """Hear the brand's events until cancelled; come back after each lost connection."""
    while True:
        try:
            await _hear(client, story, ready)
        except httpx2.TransportError:
            story.gaps += 1
            await asyncio.sleep(0.2)


async def read(client: httpx2.AsyncClient, story: Story) -> None:
    """Look at the posts again and again until cancelled."""
    query = {"brandProfileId": story.brand, "limit": "200"}
    while True:
        try:
            answer = await client.get("/api/posts", params=query)
            if answer.status_code == 200:
                for post in answer.json():
                    _see(story, post)
        except httpx2.TransportError:
            pass
        await asyncio.sleep(LOOK)


async def _hear(client: httpx2.AsyncClient, story: Story, ready: asyncio.Event) -> None:
    path = f"/api/brands/{story.brand}/events"
    async with client.stream("GET", path, timeout=httpx2.Timeout(10, read=None)) as stream:
        stream.raise_for_status()
        async for kind, data in _events(stream):
            if kind == "listening":
                ready.set()
            elif kind == "gap":
                story.gaps += 1
            elif kind == "posts:published":
                post = story.posts.get(json.loads(data)["postId"])
                if post is not None:
                    post.heard()


async def _events(stream: httpx2.Response) -> AsyncIterator[tuple[str, str]]:
    kind, data = "message", ""
    async for line in stream.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line:
            yield kind, data
            kind, data = "message", ""


def _see(story: Story, seen: dict[str, Any]) -> None:
    post = story.posts.get(seen["id"])
    if post is None or not seen["publications"]:
        return
    publication = seen["publications"][0]
    post.state = publication["state"]
    post.step = STEPS.get(post.state, Step.STUCK)
    post.remote_id = publication["platformPostId"] or ""
    post.url = publication["url"] or ""


def _answer(response: httpx2.Response, status: int) -> dict[str, str]:
    if response.status_code != status:
        raise DemoError(
            f"{response.request.method} {response.request.url.path} answered "
            f"{response.status_code} instead of {status}: {response.text[:300]}"
        )
    found: dict[str, str] = response.json()
    return found
