"""How a run of the demo breaks off: with one message, whoever notices first."""

import asyncio
import io
from pathlib import Path

import httpx2
import pytest
from rich.console import Console
from tests.demo.test_verdict import Half

from demo.plays import Scene
from demo.plays.secondme import _flooded
from demo.processes import Child, DemoError
from demo.run import Order, _perform, _watched
from demo.stack import Stack
from demo.verdict import Finding
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


class Waiting(Half):
    """A play whose judge waits for what never comes."""

    async def judge(self, scene: Scene) -> list[Finding]:
        await asyncio.Event().wait()
        return []


async def test_a_judge_that_waits_for_ever_is_wrong_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("demo.run.JUDGING", 0.01)
    page = io.StringIO()
    order = Order(("shop",), once=True, port=0, seconds=20)
    async with asyncio.timeout(20):
        complete = await _perform(order, [Waiting()], stack(), Console(file=page, width=100))
    assert not complete
    assert "Wrong: shop: judged within 0.01 s: 0 instead of 1: it answered, but" in page.getvalue()


@pytest.mark.parametrize(
    ("answers", "calm", "holds"),
    [
        *((10, True, True), (0, True, False), (9, True, False), (11, True, False)),
        *((9, False, True), (10, False, True), (11, False, False)),
    ],
)
def test_a_flood_gets_ten_answers_unless_a_worker_died_over_it(
    answers: int, calm: bool, holds: bool
) -> None:
    assert _flooded(answers, calm=calm).holds is holds


def test_the_dead_are_counted() -> None:
    assert stack(Child("worker", Path("log"), Ended(), deaths=2)).deaths() == 2


async def test_a_mistake_of_the_demo_is_not_hidden() -> None:
    with pytest.raises(ExceptionGroup):
        async with _watched(stack()):
            await fail(KeyError("postId"))
