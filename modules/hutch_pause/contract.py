"""The contract of every backend, as tests that a backend's own suite inherits.

``class TestMine(PauseContract)`` with a fixture ``lab`` that gives a ``hutch_pause.lab.Lab``
without pauses. Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from hutch_pause.errors import InvalidPause
from hutch_pause.lab import Lab, error_of, milliseconds, told
from hutch_ratelimit import fixed_window

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TEN = fixed_window(10, MINUTE)


class PauseContract:
    """What every backend does."""

    async def test_nobody_is_paused_at_first(self, lab: Lab) -> None:
        state = await lab.switch.state("c1")
        assert (state.kind, state.allowed, state.subject) == ("running", True, "c1")
        assert await lab.switch.still_allowed("c1")
        assert list(await lab.switch.list()) == []
        assert await lab.events() == []

    async def test_a_pause_lasts_an_hour_unless_it_says_so(self, lab: Lab) -> None:
        short, usual, until = (
            await lab.switch.pause("c1", duration=MINUTE, reason="too loud"),
            await lab.switch.pause("c2"),
            await lab.switch.pause("c3", until=lab.now() + 2 * HOUR),
        )
        assert (short.kind, short.until, short.reason) == ("paused", lab.now() + MINUTE, "too loud")
        assert usual.until == lab.now() + HOUR
        assert until.until == lab.now() + 2 * HOUR
        assert await lab.switch.state("c1") == short
        await lab.move(MINUTE)
        assert [await lab.switch.still_allowed(f"c{n}") for n in (1, 2, 3)] == [True, False, False]
        await lab.move(HOUR)
        assert [await lab.switch.still_allowed(f"c{n}") for n in (1, 2, 3)] == [True, True, False]

    async def test_events_tell_of_pause_and_resume(self, lab: Lab) -> None:
        await lab.switch.pause("c1", duration=MINUTE, reason="by hand")
        end = milliseconds(lab.now() + MINUTE)
        assert await lab.events() == [told("c1", "pause", end, "by hand")]
        assert await lab.switch.resume("c1", reason="sorry")
        assert await lab.events() == [told("c1", "resume", None, "sorry")]
        assert not await lab.switch.resume("c1")
        assert await lab.events() == []

    async def test_the_pause_of_all_comes_first_and_has_no_end(self, lab: Lab) -> None:
        await lab.switch.pause("c1", duration=MINUTE)
        since = lab.now()
        state = await lab.switch.pause_all(reason="fire")
        assert (state.kind, state.since, state.until) == ("all", since, None)
        await lab.move(100 * HOUR)
        for subject in ("c1", "c2"):
            state = await lab.switch.state(subject)
            assert (state.kind, state.since, state.reason) == ("all", since, "fire")
            assert not state.allowed
        assert await lab.switch.resume_all()
        assert not await lab.switch.resume_all()
        assert await lab.switch.still_allowed("c1")

    async def test_pausing_all_again_keeps_the_first_time(self, lab: Lab) -> None:
        first = await lab.switch.pause_all(reason="a")
        await lab.move(MINUTE)
        assert (await lab.switch.pause_all(reason="b")).since == first.since
        assert (await lab.switch.state("c1")).reason == "b"
        assert [(event.subject, event.action) for event in await lab.events()] == [("ALL", "pause")]
        await lab.switch.resume_all()
        [event] = await lab.events()
        assert event == told("ALL", "resume")
        assert event.is_all

    async def test_resuming_all_leaves_subjects_paused(self, lab: Lab) -> None:
        await lab.switch.pause("c1")
        await lab.switch.pause_all()
        await lab.switch.resume_all()
        assert (await lab.switch.state("c1")).kind == "paused"
        await lab.switch.pause_all()
        await lab.switch.resume("c1")
        assert (await lab.switch.state("c1")).kind == "all"

    async def test_an_automatic_pause_only_extends(self, lab: Lab) -> None:
        await lab.switch.pause("c1", duration=24 * HOUR, reason="by hand")
        await lab.events()
        kept = await lab.switch.pause("c1", duration=HOUR, reason="auto", only_extend=True)
        assert (kept.until, kept.reason) == (lab.now() + 24 * HOUR, "by hand")
        assert await lab.events() == []
        longer = await lab.switch.pause("c1", duration=25 * HOUR, only_extend=True)
        assert longer.until == lab.now() + 25 * HOUR
        assert len(await lab.events()) == 1
        shorter = await lab.switch.pause("c1", duration=MINUTE)
        assert shorter.until == lab.now() + MINUTE

    async def test_ten_pass_the_eleventh_pauses(self, lab: Lab) -> None:
        for left in reversed(range(10)):
            gate = await lab.switch.gate("c1", TEN)
            assert (gate.allowed, gate.remaining, gate.tripped) == (True, left, False)
        gate = await lab.switch.gate("c1", TEN)
        assert (gate.allowed, gate.tripped, gate.state.kind) == (False, True, "paused")
        assert (gate.state.until, gate.state.reason) == (lab.now() + HOUR, "rate_limit")
        end = milliseconds(lab.now() + HOUR)
        assert await lab.events() == [told("c1", "pause", end, "rate_limit")]
        assert (await lab.switch.gate("c2", TEN)).allowed

    async def test_what_follows_neither_prolongs_nor_tells_again(self, lab: Lab) -> None:
        await self._trip(lab)
        end = lab.now() + HOUR
        for _ in range(20):
            await lab.move(MINUTE)
            gate = await lab.switch.gate("c1", TEN)
            assert (gate.allowed, gate.tripped, gate.state.until) == (False, False, end)
        assert await lab.events() == []

    async def test_the_gate_opens_when_the_pause_is_over(self, lab: Lab) -> None:
        await self._trip(lab)
        await lab.move(HOUR)
        assert (await lab.switch.gate("c1", TEN)).remaining == 9

    async def test_a_pause_shorter_than_the_window_does_not_trip_again(self, lab: Lab) -> None:
        await self._trip(lab, duration=10 * SECOND)
        await lab.move(10 * SECOND)
        assert (await lab.switch.gate("c1", TEN)).allowed

    async def test_a_pause_that_is_shortened_by_hand_does_not_trip_again(self, lab: Lab) -> None:
        for limit in (TEN, fixed_window(10, 2 * HOUR)):
            subject = f"c{limit.seconds}"
            gates = [await lab.switch.gate(subject, limit) for _ in range(11)]
            assert gates[-1].tripped
            await lab.switch.pause(subject, duration=10 * SECOND)
            await lab.move(10 * SECOND)
            assert (await lab.switch.gate(subject, limit)).remaining == 9

    async def test_after_a_resume_the_gate_counts_anew(self, lab: Lab) -> None:
        await self._trip(lab)
        assert await lab.switch.resume("c1")
        assert (await lab.switch.gate("c1", TEN)).remaining == 9

    async def test_the_gate_does_not_count_while_paused(self, lab: Lab) -> None:
        await lab.switch.pause("c1", duration=10 * SECOND)
        for _ in range(20):
            assert not (await lab.switch.gate("c1", TEN)).allowed
        await lab.move(10 * SECOND)
        assert (await lab.switch.gate("c1", TEN)).remaining == 9
        await lab.switch.pause_all()
        assert (await lab.switch.gate("c1", TEN)).state.kind == "all"
        await lab.switch.resume_all()
        assert (await lab.switch.gate("c1", TEN)).remaining == 8

    async def test_a_hundred_messages_at_once_pause_once(self, lab: Lab) -> None:
        gates = await asyncio.gather(*[lab.switch.gate("c1", TEN) for _ in range(100)])
        assert sum(gate.allowed for gate in gates) == 10
        assert sum(gate.tripped for gate in gates) == 1
        assert len(await lab.events()) == 1

    async def test_what_runs_out_is_told_once(self, lab: Lab) -> None:
        await lab.switch.pause("c1", duration=MINUTE)
        await lab.switch.pause("c2", duration=2 * MINUTE)
        end = milliseconds(lab.now() + MINUTE)
        await lab.events()
        after = await lab.switch.announce()
        assert after is not None
        assert abs(after - 60) < 1
        assert await lab.events() == []
        await lab.move(MINUTE + SECOND)
        afters = await asyncio.gather(*[lab.switch.announce() for _ in range(5)])
        assert all(after is not None and 57 < after < 60 for after in afters)
        assert await lab.events() == [told("c1", "resume", end, "expired")]
        await lab.move(MINUTE)
        assert await lab.switch.announce() is None
        assert [event.subject for event in await lab.events()] == ["c2"]

    async def test_what_ran_out_is_told_before_a_new_pause(self, lab: Lab) -> None:
        await lab.switch.pause("c1", duration=MINUTE)
        await lab.move(MINUTE + SECOND)
        await lab.switch.pause("c1", duration=MINUTE)
        assert [event.action for event in await lab.events()] == ["pause", "resume", "pause"]
        assert await lab.switch.announce()
        assert await lab.events() == []

    async def test_many_that_run_out_are_told_each(self, lab: Lab) -> None:
        for number in range(250):
            await lab.switch.pause(f"c{number}", duration=MINUTE)
        await lab.events()
        await lab.move(MINUTE + SECOND)
        assert await lab.switch.announce() is None
        assert len({event.subject for event in await lab.events()}) == 250

    async def test_list_and_overview_show_what_holds(self, lab: Lab) -> None:
        await lab.switch.pause("c1", duration=2 * MINUTE, reason="later")
        await lab.switch.pause("c2", duration=MINUTE)
        await lab.switch.pause("c3", duration=SECOND)
        await lab.move(2 * SECOND)
        found = await lab.switch.list()
        assert [(state.subject, state.reason) for state in found] == [("c2", None), ("c1", "later")]
        assert [state.subject for state in await lab.switch.list(limit=1)] == ["c2"]
        overview = await lab.switch.overview()
        assert (overview.all_since, overview.subjects) == (None, 2)
        await lab.switch.pause_all(reason="fire")
        first, *_ = await lab.switch.list()
        assert (first.kind, first.subject, first.reason) == ("all", None, "fire")
        assert (await lab.switch.overview()).all_since == lab.now()

    async def test_what_cannot_be_a_subject_is_refused(self, lab: Lab) -> None:
        for subject in ("ALL", "all", "All", "a:b", ":", "", "a\n"):
            for act in (
                lab.switch.pause,
                lab.switch.resume,
                lab.switch.state,
                lab.switch.still_allowed,
            ):
                message = await error_of(InvalidPause, act(subject))
                assert message.startswith(f"subject {subject!r}: ")
            assert await error_of(InvalidPause, lab.switch.gate(subject, TEN))
        assert await lab.events() == []
        assert await lab.switch.still_allowed("c1")

    async def test_times_that_make_no_sense_are_refused(self, lab: Lab) -> None:
        pause: Any = lab.switch.pause
        for options, part in (
            ({"duration": timedelta(0)}, "duration=0:00:00: a pause lasts a millisecond or more"),
            ({"duration": timedelta(days=99999)}, "at most 3660 days"),
            ({"duration": MINUTE, "until": lab.now()}, "give a duration or until, not both"),
            ({"until": datetime(2030, 1, 1)}, "until=2030-01-01T00:00:00: the time has no time"),
            ({"until": lab.now() - MINUTE}, "that is past; nothing was paused"),
        ):
            assert part in await error_of(InvalidPause, pause("c1", **options))
        gate: Any = lab.switch.gate
        assert "fixed windows" in await error_of(InvalidPause, gate("c1", "10/s"))
        assert await error_of(InvalidPause, gate("c1", TEN, duration=timedelta(0)))
        assert await lab.switch.still_allowed("c1")
        assert await lab.events() == []

    async def _trip(self, lab: Lab, duration: timedelta = HOUR) -> None:
        for _ in range(11):
            await lab.switch.gate("c1", TEN, duration=duration)
        await lab.events()
