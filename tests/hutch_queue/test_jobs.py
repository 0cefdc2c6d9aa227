"""Jobs as they are declared and called."""

from dataclasses import dataclass
from typing import Any

import pytest

from hutch import Inject
from hutch_queue import (
    Call,
    InvalidArguments,
    InvalidJob,
    JobContext,
    cron,
    delays,
    exponential,
    fixed,
    injected,
    job,
    processor,
    queue_module,
)
from hutch_queue.jobs import jobs_of


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


def block() -> None: ...


async def wait(self: Any) -> None: ...


UNTYPED_JOB: Any = job
UNTYPED_CRON: Any = cron


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: UNTYPED_JOB(block), "@job block: it must be `async def`"),
        (lambda: job(attempts=0)(wait), "attempts=0; a job runs at least once"),
        (lambda: job(timeout=0)(wait), "timeout=0; give seconds above 0"),
        (lambda: job(timeout=float("inf"))(wait), "timeout=inf"),
        (lambda: job(name=" ")(wait), "name=' '; a wire name cannot be empty"),
        (lambda: cron("* * *"), r"@cron\('\* \* \*'\): not a crontab line"),
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
