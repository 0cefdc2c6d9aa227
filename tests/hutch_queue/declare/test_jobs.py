"""Jobs as they are declared and called."""

import asyncio
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from hutch import Inject
from hutch_queue import (
    Call,
    InvalidArguments,
    InvalidJob,
    JobContext,
    chunk,
    cron,
    delays,
    exponential,
    fixed,
    injected,
    job,
    processor,
    queue_module,
)
from hutch_queue.declare.jobs import jobs_of

UNTYPED_JOB: Any = job
UNTYPED_CHUNK: Any = chunk
UNTYPED_CRON: Any = cron


@processor("emails", concurrency=2)
@dataclass
class Emails:
    """Sends."""

    sent: list[str]

    @job(attempts=2, name="confirm-order")
    async def confirm(self, email: str, *, copy: bool = False) -> int:
        """Confirm an order."""
        self.sent.append(email)
        return len(self.sent)

    @job
    async def digest(self, context: Inject[JobContext] = injected) -> None:
        self.sent.append(f"attempt {context.attempt}")


class LoudEmails(Emails):
    @job(name="confirm-order")
    async def confirm(self, email: str, *, copy: bool = False) -> int:
        return await super().confirm(email.upper(), copy=copy)


def hiding(function: Any) -> Any:
    def call(self: Any) -> Any:
        return function(self)

    return call


@processor("threads")
class Blocking:
    @job
    def name(self, prefix: str) -> list[str]:
        return [prefix, threading.current_thread().name]

    @UNTYPED_JOB
    def wait_for(self, gate: Any) -> None:
        gate.wait(10)
        raise ValueError("seen by nobody")

    @UNTYPED_JOB
    @hiding
    async def hidden(self) -> str:
        return "from the loop"


class Stray:
    @job
    async def run(self) -> None: ...


def test_a_call_is_a_value() -> None:
    call = Emails.confirm("a@b", copy=True)
    assert call == Emails.confirm(email="a@b", copy=True)
    assert call != Emails.confirm("a@b")
    assert call != Emails.digest()
    assert call in [Emails.digest(), call]
    assert hash(call) == hash(Emails.confirm("a@b", copy=True))
    assert (call.queue, call.name) == ("emails", "confirm-order")
    assert Emails.digest().name == "Emails.digest"


def test_a_call_shows_no_personal_data() -> None:
    assert repr(Emails.confirm("a@b")) == "confirm-order(email='***')"


async def test_on_an_object_it_is_the_method() -> None:
    emails = Emails([])
    assert await emails.confirm("a@b") == 1
    assert emails.sent == ["a@b"]


async def test_a_forgotten_injected_argument_is_named() -> None:
    with pytest.raises(AttributeError, match=r"\.attempt was asked of a parameter that only a"):
        await Emails([]).digest()


async def test_a_subclass_may_replace_a_job() -> None:
    assert LoudEmails.confirm("a").queue == "emails"
    assert jobs_of(LoudEmails)["confirm"] is not jobs_of(Emails)["confirm"]
    loud = LoudEmails([])
    await loud.confirm("a")
    assert loud.sent == ["A"]


async def test_a_job_that_is_no_coroutine_is_awaited_too() -> None:
    assert await Blocking().name("a") == ["a", "hutch job"]
    assert Blocking.name("a") == Blocking.name(prefix="a")
    task = asyncio.create_task(Blocking().wait_for(gate := threading.Event()))
    await asyncio.sleep(0)
    with structlog.testing.capture_logs() as lines:
        task.cancel()
        while not lines:
            await asyncio.sleep(0)
    assert not task.done(), "its thread runs, and may use what the caller would close"
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_thread_that_does_not_end_lets_its_process_end() -> None:
    program = """
import asyncio, threading, time
from hutch_queue.worker.threads import in_thread

async def main():
    began = threading.Event()
    stuck = asyncio.create_task(in_thread(lambda: (began.set(), time.sleep(600))))
    await asyncio.to_thread(began.wait)
    stuck.cancel()
    await asyncio.wait([stuck], timeout=0.05)
    assert not stuck.done()

asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=20)


async def test_a_decorator_may_hide_that_a_job_is_async() -> None:
    assert await Blocking().hidden() == "from the loop"


def test_a_job_keeps_its_name_and_documentation() -> None:
    described: Any = vars(Emails)["confirm"]
    assert described.__doc__ == "Confirm an order."
    assert described.__qualname__ == "Emails.confirm"


def test_a_job_outside_a_processor_cannot_be_called() -> None:
    with pytest.raises(InvalidJob, match="Stray has jobs but no queue; write @processor"):
        Stray.run()


def test_a_wrong_call_is_refused_at_once() -> None:
    confirm: Any = Emails.confirm
    with pytest.raises(InvalidArguments, match=r"confirm-order cannot be called so"):
        confirm()


def block(self: Any) -> None: ...


async def wait(self: Any) -> None: ...


def count(self: Any) -> Any:
    yield 1


async def count_slowly(self: Any) -> Any:
    yield 1


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: job(count), "@job count: it yields; a job returns its result"),
        (lambda: job(timeout=1)(count_slowly), "@job count_slowly: it yields"),
        (lambda: job(priority=101)(wait), "priority=101; give a whole number from -100 to 100"),
        (lambda: UNTYPED_JOB(backoff=5)(wait), r"backoff=5; use e.g. fixed\(5\)"),
        (lambda: UNTYPED_JOB(no_retry=("x",))(wait), r"no_retry=\('x',\); give classes of exce"),
        (lambda: UNTYPED_JOB(no_retry=(SystemExit,))(wait), "give classes of exceptions"),
        (lambda: UNTYPED_CHUNK(size=0)(wait), "@chunk wait: size=0; use 1 to 500"),
        (lambda: UNTYPED_CHUNK(size=501)(wait), "size=501; use 1 to 500"),
        (lambda: UNTYPED_CHUNK(size=2, attempts=0)(wait), "@chunk wait: attempts=0"),
        (lambda: UNTYPED_CHUNK(size=2)(block), "@chunk block: it must be `async def`"),
        (lambda: job(attempts=0)(wait), "attempts=0; a job runs at least once"),
        (lambda: job(timeout=0)(wait), "timeout=0; give seconds above 0"),
        (lambda: job(timeout=float("inf"))(wait), "timeout=inf"),
        (lambda: job(name=" ")(wait), "name=' '; a wire name cannot be empty"),
        (lambda: cron("* * *"), r"cron\('\* \* \*'\): not a crontab line"),
        (lambda: cron("* * * * *", tz="Europe/Nowhere"), "no such time zone"),
        (lambda: UNTYPED_CRON("* * * * *")(wait), "stands below @job; write it above"),
        (lambda: processor(""), "queue ''"),
        (lambda: processor("a\n"), "a control character"),
        (lambda: processor("a", concurrency=0), "concurrency=0; use 1 or more"),
        (queue_module, "name at least one queue"),
        (lambda: exponential(-1), "seconds cannot be negative"),
        (lambda: exponential(1, factor=0), "the factor must be above 0"),
        (lambda: delays([]), "one or more"),
        (lambda: fixed(-1), "none negative"),
        (lambda: fixed(float("nan")), "all finite"),
        (lambda: exponential(1, factor=float("inf")), "both finite"),
        (lambda: cron("0 0 30 2 *"), "it never comes, as the 30th of February"),
        (lambda: cron("* * * * * * 2099"), "not a crontab line"),
        (lambda: cron("R 3 * * *"), "not a crontab line"),
    ],
)
def test_declarations_that_cannot_work_are_refused(make: Any, reason: str) -> None:
    with pytest.raises(InvalidJob, match=reason):
        make()


@pytest.mark.req("R24-12")
def test_backoff_is_exact() -> None:
    assert [exponential(1)(n) for n in (1, 2, 3)] == [1, 2, 4]
    assert [exponential(5, factor=5)(n) for n in (1, 2, 3)] == [5, 25, 125]
    assert [fixed(7)(n) for n in (1, 2)] == [7, 7]
    assert [delays([1, 10])(n) for n in (1, 2, 3)] == [1, 10, 10]


def test_a_call_names_its_type() -> None:
    call: Call[int] = Emails.confirm("a")
    assert call.arguments == {"email": "a"}
