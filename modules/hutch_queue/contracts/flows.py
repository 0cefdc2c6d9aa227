"""The contract of every backend, as far as jobs follow on one another.

``class TestMine(FlowContract)`` with the fixture ``start``, as for ``QueueContract``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hutch.module import Module
from hutch.testing import Testing
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.stats import QueueStats
from hutch_queue.contract import Start, error_of
from hutch_queue.contracts.lab import Journal
from hutch_queue.contracts.ward import until
from hutch_queue.declare.jobs import job
from hutch_queue.declare.processors import processor
from hutch_queue.errors import InvalidOption, JobFailed, QueueFull
from hutch_queue.module import queue_module
from hutch_queue.port import Queue
from hutch_queue.storage.store import MOST

LATER = timedelta(hours=1)


@processor("flow", concurrency=5)
@dataclass
class Flow:
    """Jobs that follow, and are followed."""

    journal: Journal

    @job
    async def note(self, text: str) -> str:
        """Note a text."""
        await self.journal.write(text)
        return text

    @job(attempts=1)
    async def fail(self, text: str) -> str:
        """Fail until the gate is open."""
        if not self.journal.gate.is_set():
            raise ValueError(f"{text} is ill")
        await self.journal.write(text)
        return text

    @job
    async def wait(self) -> None:
        """Wait for the gate."""
        await self.journal.write("began")
        await self.journal.gate.wait()


@processor("flow-x")
@dataclass
class FlowX:
    """A queue beside it."""

    journal: Journal

    @job
    async def note(self, text: str) -> str:
        """Note a text."""
        await self.journal.write(text)
        return f"x {text}"


flow = Module(
    "flow",
    imports=[queue_module("flow", "flow-x")],
    providers=[Journal, Flow, FlowX],
    exports=[Journal, Queue, QueueAdmin],
)

full = Module(
    "full",
    imports=[queue_module("flow", capacity=1), queue_module("flow-x")],
    providers=[Journal, Flow, FlowX],
    exports=[Journal, Queue, QueueAdmin],
)


async def idle(app: Testing) -> list[Any]:
    """Wait until nothing waits or runs; return what the jobs have done."""
    admin = app.get(QueueAdmin)

    async def live() -> int:
        both = [await admin.stats(queue) for queue in ("flow", "flow-x")]
        return sum(stats.waiting + stats.active for stats in both)

    await until(live, lambda count: not count)
    return app.get(Journal).entries


class FlowContract:
    """What every backend does with chains and groups."""

    async def test_a_chain_runs_in_order_over_two_queues(self, start: Start) -> None:
        async with start(flow) as app:
            calls = (Flow.note("a"), FlowX.note("b"), Flow.note("c"))
            handle = await app.get(Queue).chain(*calls)
            assert (handle.queue, handle.created) == ("flow", True)
            assert await handle.result() == "c"
            assert app.get(Journal).entries == ["a", "b", "c"]

    async def test_a_chain_stops_where_a_job_fails_and_goes_on_when_it_is_replayed(
        self, start: Start
    ) -> None:
        async with start(flow) as app:
            calls = (Flow.note("a"), Flow.fail("b"), FlowX.note("c"))
            handle = await app.get(Queue).chain(*calls)
            message = await error_of(JobFailed, handle.result())
            assert message.startswith("Flow.fail (")
            assert message.endswith(" in flow) failed: ValueError: b is ill")
            assert await idle(app) == ["a"]
            app.get(Journal).gate.set()
            [failed] = await app.get(QueueAdmin).jobs("flow", "failed")
            await app.get(QueueAdmin).replay("flow", failed.id)
            assert await handle.result() == "x c"
            assert app.get(Journal).entries == ["a", "b", "c"]

    async def test_a_chain_of_one_is_a_job(self, start: Start) -> None:
        async with start(flow) as app:
            handle = await app.get(Queue).chain(Flow.note("a").with_options(key="k"))
            assert (handle.id, await handle.result()) == ("k", "a")

    async def test_a_group_that_completes_is_followed_once(self, start: Start) -> None:
        async with start(flow) as app:
            calls = [Flow.note("m"), FlowX.note("m"), Flow.note("m")]
            handles = await app.get(Queue).group(
                calls, then=FlowX.note("then"), otherwise=FlowX.note("otherwise")
            )
            assert [await handle.result() for handle in handles] == ["m", "x m", "m"]
            await app.get(Journal).until(4)
            assert await idle(app) == ["m", "m", "m", "then"]

    async def test_a_group_in_which_one_fails_has_its_own_follower(self, start: Start) -> None:
        async with start(flow) as app:
            calls = [Flow.note("m"), Flow.fail("bad"), Flow.note("m")]
            await app.get(Queue).group(
                calls, then=Flow.note("then"), otherwise=Flow.note("otherwise")
            )
            await app.get(Journal).until(3)
            assert await idle(app) == ["m", "m", "otherwise"]

    async def test_a_group_counts_those_that_were_removed_among_the_failed(
        self, start: Start
    ) -> None:
        for remove in (QueueAdmin.discard, QueueAdmin.abort):
            async with start(flow) as app:
                later = Flow.note("late").with_options(delay=LATER)
                late, _ = await app.get(Queue).group(
                    [later, Flow.note("m")], then=Flow.note("then"), otherwise=Flow.note("other")
                )
                await app.get(Journal).until(1)
                await remove(app.get(QueueAdmin), "flow", late.id)
                await app.get(Journal).until(2)
                assert await idle(app) == ["m", "other"]

    async def test_a_group_counts_the_jobs_of_an_obliterated_queue_among_the_failed(
        self, start: Start
    ) -> None:
        async with start(flow) as app:
            queue, admin, journal = app.get(Queue), app.get(QueueAdmin), app.get(Journal)
            members = [Flow.wait(), Flow.note("late").with_options(delay=LATER), FlowX.note("m")]
            for other in ("flow-x", "flow"):
                await admin.pause(other)
            await queue.group(members, then=FlowX.note("then"), otherwise=FlowX.note("other"))
            await admin.resume("flow")
            await journal.until(1)
            await admin.obliterate("flow", force=True)
            await admin.resume("flow-x")
            await journal.until(3)
            assert await idle(app) == ["began", "m", "other"]

    async def test_a_queue_that_is_obliterated_takes_its_followers_with_it(
        self, start: Start
    ) -> None:
        async with start(flow, services=False) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            await queue.group([Flow.note("a"), Flow.note("b")], otherwise=Flow.note("other"))
            await queue.group([Flow.note("c")], otherwise=FlowX.note("told"))
            await admin.obliterate("flow")
            assert await admin.stats("flow") == QueueStats()
            [told] = await admin.jobs("flow-x", "waiting")
            assert told.arguments == {"text": "told"}

    async def test_a_group_is_stored_whole_where_a_queue_is_full(self, start: Start) -> None:
        async with start(full, services=False) as app:
            queue, admin = app.get(Queue), app.get(QueueAdmin)
            await queue.enqueue(Flow.note("a"))
            calls = [FlowX.note("m"), Flow.note("m")]
            for then in (None, Flow.note("then")):
                assert all(handle.created for handle in await queue.group(calls, then=then))
            assert (await admin.stats("flow")).waiting == 3
            message = await error_of(QueueFull, queue.enqueue(Flow.note("b")))
            assert message.startswith("the queue 'flow' is full: 3 jobs wait")

    async def test_a_group_counts_a_running_job_that_is_aborted_among_the_failed(
        self, start: Start
    ) -> None:
        async with start(flow) as app:
            [running] = await app.get(Queue).group([Flow.wait()], otherwise=Flow.note("other"))
            await app.get(Journal).until(1)
            await app.get(QueueAdmin).abort("flow", running.id)
            await app.get(Journal).until(2)
            assert await idle(app) == ["began", "other"]

    async def test_a_member_that_is_replayed_in_time_completes_its_group(
        self, start: Start
    ) -> None:
        async with start(flow) as app:
            admin, journal = app.get(QueueAdmin), app.get(Journal)
            later = Flow.note("late").with_options(delay=LATER)
            bad, late = await app.get(Queue).group(
                [Flow.fail("bad"), later], then=Flow.note("then"), otherwise=Flow.note("other")
            )
            await error_of(JobFailed, bad.result())
            journal.gate.set()
            await admin.replay("flow", bad.id)
            await bad.result()
            await admin.promote("flow", late.id)
            await journal.until(3)
            assert await idle(app) == ["bad", "late", "then"]

    async def test_flows_that_cannot_work_are_refused(self, start: Start) -> None:
        async with start(flow, services=False) as app:
            queue, a = app.get(Queue), Flow.note("a")
            keyed, late = a.with_options(key="k"), a.with_options(expires=LATER)
            cases: Sequence[tuple[Awaitable[Any], str]] = (
                (queue.chain(), "chain(): give at least one call"),
                (queue.chain(a, keyed), "chain() takes no `key` for a job that follows others"),
                (queue.chain(a, late), "chain() takes no `expires` for a job that follows"),
                (queue.group([]), "group(): 0 calls; a group has 1 to 500"),
                (queue.group([a] * (MOST + 1)), "group(): 501 calls; a group has 1 to 500"),
                (queue.group([keyed], then=a), "group() takes no `key`: where it is taken"),
                (queue.group([a.with_options(replace=True)], then=a), "it needs a key to go by"),
                (queue.group([a], then=late), "group() takes no `expires` for a job that"),
                (
                    queue.group([a], then=a, otherwise=FlowX.note("b")),
                    "`then` and `otherwise` must be jobs of one queue",
                ),
            )
            for refused, reason in cases:
                assert reason in await error_of(InvalidOption, refused)
            assert (await app.get(QueueAdmin).stats("flow")).waiting == 0
