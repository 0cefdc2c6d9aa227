"""The contract of refunds, a part of ``LimiterContract``."""

from __future__ import annotations

from datetime import timedelta

from hutch_ratelimit.calendars import per_day, per_minute
from hutch_ratelimit.lab import KINDS, MINUTE, SECOND, Lab, use_up
from hutch_ratelimit.limits import fixed_window, gcra, sliding_window

JOB, OTHER = "job-1", "job-2"


class RefundContract:
    """What every backend gives back, and to which window."""

    async def test_what_is_given_back_can_be_taken_again(self, lab: Lab) -> None:
        for kind in KINDS:
            counter = kind.at("refund", str(kind))
            await use_up(lab, counter)
            assert await lab.limiter.refund(counter, cost=2)
            assert (await lab.limiter.peek(counter)).remaining == 2
            assert await lab.limiter.refund(counter, cost=3)
            assert (await lab.limiter.peek(counter)).remaining == 3
            assert not await lab.limiter.refund(counter)
            assert (await lab.limiter.peek(counter)).remaining == 3

    async def test_a_token_gives_back_once_what_it_took(self, lab: Lab) -> None:
        for kind in KINDS:
            counter = kind.at("returned", str(kind))
            await lab.limiter.take(counter, cost=2, token=JOB)
            await lab.limiter.take(counter)
            assert not await lab.limiter.refund(counter, token=OTHER)
            assert await lab.limiter.refund(counter, token=JOB)
            assert not await lab.limiter.refund(counter, token=JOB)
            assert (await lab.limiter.peek(counter)).remaining == 2
            assert not (await lab.limiter.take(counter, token=JOB)).repeated

    async def test_a_token_gives_nothing_back_to_a_later_window(self, lab: Lab) -> None:
        for kind in (fixed_window(3, MINUTE), sliding_window(3, MINUTE), per_minute(3)):
            short, long = kind.at("later", str(kind)), per_day(3).at("long", str(kind))
            await lab.limiter.take(short, long, cost=2, token=JOB)
            await lab.move(2 * MINUTE)
            await lab.limiter.take(short, cost=2)
            assert await lab.limiter.refund(short, long, token=JOB)
            decision = await lab.limiter.peek(short, long)
            assert [quota.remaining for quota in decision.quotas] == [1, 3]

    async def test_a_token_gives_back_to_the_sliding_windows_part_it_took_from(
        self, lab: Lab
    ) -> None:
        counter = sliding_window(100, MINUTE).at("part")
        await lab.move(MINUTE - timedelta(seconds=lab.now().timestamp() % 60))
        await lab.limiter.take(counter, cost=50, token=JOB)
        await lab.move(90 * SECOND)
        await lab.limiter.take(counter, cost=30)
        # Half of the window before still counts.
        assert (await lab.limiter.peek(counter)).remaining == 45
        assert await lab.limiter.refund(counter, token=JOB)
        assert (await lab.limiter.peek(counter)).remaining == 70

    async def test_what_came_back_by_itself_is_not_given_back(self, lab: Lab) -> None:
        steady, day = gcra(3, MINUTE, burst=3).at("steady"), per_day(9).at("day")
        for token in (JOB, OTHER):
            await lab.limiter.take(steady, day, cost=2, token=token)
            await lab.move(30 * SECOND)
        # Of either's two units one and a half are back 30 s later.
        assert (await lab.limiter.peek(steady)).remaining == 2
        assert await lab.limiter.refund(steady, day, token=JOB)
        assert (await lab.limiter.peek(steady)).quotas[0].reset_after == 20
        assert await lab.limiter.refund(steady, day, token=OTHER)
        assert (await lab.limiter.peek(steady, day)).remaining == 3

    async def test_a_window_begun_after_clearing_is_a_later_one(self, lab: Lab) -> None:
        counter = fixed_window(3, MINUTE).at("cleared")
        await lab.limiter.take(counter, token=JOB)
        await lab.limiter.clear(counter)
        await lab.move(SECOND)
        await lab.limiter.take(counter, cost=2)
        assert not await lab.limiter.refund(counter, token=JOB)
        assert (await lab.limiter.peek(counter)).remaining == 1

    async def test_a_token_outlives_the_shorter_of_its_windows(self, lab: Lab) -> None:
        for kind in (fixed_window(3, MINUTE), sliding_window(3, MINUTE), per_minute(3)):
            counters = kind.at("outlived", str(kind)), per_day(3).at("long", str(kind))
            await lab.limiter.take(*counters, token=JOB)
            await lab.move(2 * MINUTE)
            again = await lab.limiter.take(*counters, token=JOB)
            assert again.repeated
            assert [quota.remaining for quota in again.quotas] == [3, 2]

    async def test_a_token_gives_nothing_back_to_the_past_part_of_a_later_window(
        self, lab: Lab
    ) -> None:
        short, long = sliding_window(3, MINUTE).at("past"), per_day(3).at("past", "day")
        await lab.limiter.take(short, long, cost=2, token=JOB)
        await lab.move(3 * MINUTE)
        await lab.limiter.take(short, cost=2)
        await lab.move(MINUTE)
        before = await lab.limiter.peek(short)
        assert await lab.limiter.refund(short, long, token=JOB)
        assert (await lab.limiter.peek(short)).remaining == before.remaining < 3

    async def test_a_token_gives_nothing_back_to_the_next_of_very_short_windows(
        self, lab: Lab
    ) -> None:
        short = fixed_window(3, timedelta(milliseconds=400)).at("very", "short")
        long = per_day(3).at("very", "long")
        await lab.limiter.take(short, long, token=JOB)
        await lab.move(timedelta(milliseconds=450))
        await lab.limiter.clear(long)
        await lab.limiter.take(short)
        assert not await lab.limiter.refund(short, long, token=JOB)
