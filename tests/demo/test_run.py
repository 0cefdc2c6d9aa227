"""How a run of the demo breaks off: with one message, whoever notices first."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from demo.processes import Child, DemoError
from demo.run import _watched
from demo.stack import Stack
from hutch_redis import EmbeddedServer


class Ended:
    returncode = -9


def stack(*children: Child) -> Stack:
    server = EmbeddedServer(Path("unused"))
    return Stack("http://app", "http://sandbox", "hush", children, server, {})


async def fail(error: Exception) -> None:
    raise error


def test_a_repr_shows_no_token() -> None:
    assert "hush" not in repr(stack())


async def test_who_asks_in_vain_is_told_which_process_ended(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("out of memory\n")
    web = Child("web", log, Ended())
    with pytest.raises(DemoError, match=r"web ended with exit code -9; .*\n  out of memory"):
        async with _watched(stack(web)), asyncio.TaskGroup() as group:
            group.create_task(fail(httpx2.ConnectError("refused")))


async def test_what_fails_while_all_run_is_named() -> None:
    with pytest.raises(DemoError, match="asked has failed: ConnectError: refused"):
        async with _watched(stack()):
            await fail(httpx2.ConnectError("refused"))


async def test_a_refusal_of_the_app_is_told_as_it_is() -> None:
    with pytest.raises(DemoError, match=r"^POST /api/posts answered 500$"):
        async with _watched(stack()), asyncio.TaskGroup() as group:
            group.create_task(fail(DemoError("POST /api/posts answered 500")))


async def test_a_mistake_of_the_demo_is_not_hidden() -> None:
    with pytest.raises(ExceptionGroup):
        async with _watched(stack()):
            await fail(KeyError("postId"))
