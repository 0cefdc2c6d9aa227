"""The contract of every backend, as tests that a backend's own suite inherits.

``class TestMine(LimiterContract)`` with a fixture ``lab`` that gives a ``hutch_ratelimit.lab.Lab``
with fresh counters. Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hutch_ratelimit.calendars import per_day, per_hour, per_minute
from hutch_ratelimit.contract_refunds import RefundContract
from hutch_ratelimit.counter import Counter
from hutch_ratelimit.errors import InvalidLimit, RateLimited
from hutch_ratelimit.lab import KINDS, MINUTE, SECOND, Lab, error_of, use_up
from hutch_ratelimit.limits import fixed_window, gcra, sliding_window

JOB, OTHER, THIRD = "job-1", "job-2", "job-3"


class LimiterContract(RefundContract):
    """What every backend does."""

    async def test_the_last_unit_passes_and_the_next_is_refused(self, lab: Lab) -> None:
        for kind in KINDS:
            counter = kind.at("count", str(kind))
            refused = await use_up(lab, counter)
            assert (refused.remaining, refused.limit) == (0, 3)
            # A sliding window may have to slide on into the next one.
            assert 0 < refused.retry_after <= 2 * kind.seconds
            assert refused.quotas[0].counter == counter

    async def test_a_counter_is_its_own(self, lab: Lab) -> None:
        limit = per_minute(1)
        for parts in (("a", 1), ("a", 2), ("a:1", "x"), ("a", "1:x")):
            assert await lab.limiter.take(limit.at(*parts))
        assert not await lab.limiter.take(limit.at("a", "1"))

    async def test_after_retry_after_it_passes_and_not_before(self, lab: Lab) -> None:
        for kind in KINDS:
            await lab.move_to(lab.now() + timedelta(days=1))
            counter = kind.at("retry", str(kind))
            refused = await use_up(lab, counter)
            # A backend whose windows end by themselves may be late or early by its own latency.
            await lab.move(timedelta(seconds=refused.retry_after) - SECOND)
            assert not await lab.limiter.take(counter)
            await lab.move(SECOND)
            assert await lab.limiter.take(counter)

    async def test_sliding_retries_are_exact_whatever_was_used_when(self, lab: Lab) -> None:
        limit = sliding_window(10, MINUTE)
        for used, later in ((10, 0), (10, 30), (7, 90), (3, 61), (9, 119)):
            counter = limit.at("exact", used, later)
            for _ in range(used):
                await lab.limiter.take(counter)
            await lab.move(later * SECOND)
            while (decision := await lab.limiter.take(counter, cost=2)).allowed:
                pass
            await lab.move(timedelta(seconds=decision.retry_after, milliseconds=-1))
            assert not await lab.limiter.take(counter, cost=2)
            await lab.move(timedelta(milliseconds=1))
            assert await lab.limiter.take(counter, cost=2)

    async def test_a_steady_rate_is_exact(self, lab: Lab) -> None:
        counter = gcra(10, SECOND, burst=5).at("steady")
        refused = await use_up(lab, counter)
        assert refused.retry_after == 0.1
        await lab.move(timedelta(milliseconds=99))
        assert not await lab.limiter.take(counter)
        await lab.move(timedelta(milliseconds=1))
        assert await lab.limiter.take(counter)
        assert not await lab.limiter.take(counter)
        await lab.move(SECOND)
        assert (await lab.limiter.peek(counter)).remaining == 5

    async def test_a_sliding_window_has_no_double_burst_at_its_seam(self, lab: Lab) -> None:
        counter = sliding_window(10, MINUTE).at("seam")
        await lab.move(MINUTE - timedelta(seconds=lab.now().timestamp() % 60) - SECOND)
        for _ in range(10):
            assert await lab.limiter.take(counter)
        await lab.move(2 * SECOND)
        assert not await lab.limiter.take(counter)
        await lab.move(12 * SECOND)
        assert (await lab.limiter.peek(counter)).remaining == 2

    async def test_several_limits_take_all_or_nothing(self, lab: Lab) -> None:
        counters = [kind.at("mixed", str(kind)) for kind in KINDS]
        narrow = fixed_window(2, 90 * MINUTE).at("mixed", "narrow")
        for _ in range(2):
            assert await lab.limiter.take(*counters, narrow)
        refused = await lab.limiter.take(*counters, narrow)
        assert not refused
        assert refused.tightest.counter == narrow
        assert [quota.remaining for quota in refused.quotas] == [1] * len(counters) + [0]
        assert [quota.retry_after for quota in refused.quotas[:-1]] == [0] * len(counters)
        assert await lab.limiter.take(*counters)

    async def test_a_call_can_cost_more(self, lab: Lab) -> None:
        for kind in KINDS:
            counter = kind.at("cost", str(kind))
            assert (await lab.limiter.take(counter, cost=2)).remaining == 1
            assert not await lab.limiter.take(counter, cost=2)
            assert (await lab.limiter.take(counter)).remaining == 0

    async def test_a_refused_call_takes_nothing(self, lab: Lab) -> None:
        for kind in KINDS:
            counter = kind.at("refused", str(kind))
            first = await use_up(lab, counter)
            again = [await lab.limiter.take(counter) for _ in range(5)]
            assert abs(again[-1].retry_after - first.retry_after) < 1

    async def test_a_token_takes_once(self, lab: Lab) -> None:
        for kind in KINDS:
            counter = kind.at("token", str(kind))
            first = await lab.limiter.take(counter, token=JOB)
            again = await lab.limiter.take(counter, token=JOB)
            assert (first.repeated, again.repeated) == (False, True)
            assert again.allowed
            assert again.remaining == 2
            assert not (await lab.limiter.take(counter, token=OTHER)).repeated
            assert await lab.limiter.take(counter)
            assert not await lab.limiter.take(counter, token=THIRD)
            assert (await lab.limiter.take(counter, token=JOB)).repeated

    async def test_a_token_is_good_for_its_counters_and_their_window(self, lab: Lab) -> None:
        limit = fixed_window(5, MINUTE)
        await lab.limiter.take(limit.at("one"), token=JOB)
        assert not (await lab.limiter.take(limit.at("other"), token=JOB)).repeated
        await lab.move(MINUTE + SECOND)
        later = await lab.limiter.take(limit.at("one"), token=JOB)
        assert (later.repeated, later.remaining) == (False, 4)

    async def test_a_refusal_does_not_use_the_token(self, lab: Lab) -> None:
        counter = fixed_window(1, MINUTE).at("unused")
        await lab.limiter.take(counter)
        assert not await lab.limiter.take(counter, token=JOB)
        await lab.move(MINUTE + SECOND)
        taken = await lab.limiter.take(counter, token=JOB)
        assert (taken.allowed, taken.repeated) == (True, False)

    async def test_peeking_takes_nothing(self, lab: Lab) -> None:
        counter = fixed_window(3, MINUTE).at("peek")
        assert (await lab.limiter.peek(counter, cost=3)).remaining == 3
        await use_up(lab, counter)

    async def test_clearing_gives_all_back(self, lab: Lab) -> None:
        for kind in KINDS:
            counter = kind.at("clear", str(kind))
            await use_up(lab, counter)
            await lab.limiter.clear(counter)
            assert (await lab.limiter.peek(counter)).remaining == 3

    async def test_a_day_ends_with_the_calendar_of_its_zone(self, lab: Lab) -> None:
        zone = ZoneInfo("Europe/Berlin")
        counter = per_day(1, tz="Europe/Berlin").at("posts")
        days = datetime(2026, 10, 24, 9, tzinfo=zone), datetime(2026, 10, 25, 0, 30, tzinfo=zone)
        for moment, hours in zip(days, (15, 24.5), strict=True):
            await lab.move_to(moment)
            assert await lab.limiter.take(counter)
            refused = await lab.limiter.take(counter)
            assert abs(refused.retry_after - hours * 3600) < 1
            assert refused.reset_at.astimezone(zone).strftime("%H:%M") == "00:00"
        await lab.move(24 * 60 * MINUTE)
        assert not await lab.limiter.take(counter)
        await lab.move(31 * MINUTE)
        assert await lab.limiter.take(counter)

    async def test_a_hundred_callers_at_once_get_what_there_is(self, lab: Lab) -> None:
        for kind in (fixed_window, sliding_window):
            counter = kind(10, MINUTE).at("race", kind.__name__)
            assert await _passed(lab, 100, counter) == 10
        assert await _passed(lab, 100, gcra(1, MINUTE, burst=10).at("race", "gcra")) == 10
        assert await _passed(lab, 60, per_day(50).at("race", "day")) == 50

    async def test_a_refusal_as_an_error_says_where_and_how_long(self, lab: Lab) -> None:
        counter = per_hour(1).at("rate_limit", "posting")
        assert await lab.limiter.take_or_raise(counter)
        try:
            await lab.limiter.take_or_raise(counter)
        except RateLimited as error:
            assert error.counter == "rate_limit:posting"
            assert 0 < error.retry_after <= 3600
            assert error.reset_at > lab.now()
            assert str(error).startswith("rate_limit:posting: the limit of 1 an hour is used up; ")
        else:
            raise AssertionError("RateLimited was not raised")

    async def test_what_cannot_be_decided_is_refused_and_changes_nothing(self, lab: Lab) -> None:
        counter, other = per_day(3).at("bad", 1), gcra(1, MINUTE).at("bad", "2")
        take = lab.limiter.take
        for call, part in (
            (take(), "at least one counter"),
            (take(counter, cost=0), "cost=0: use 1 or more"),
            (take(counter, cost=-1), "cost=-1: use 1 or more"),
            (take(counter, cost=4), "bad:1: cost=4 is more than the limit of 3 a day"),
            (take(counter, other, cost=2), "bad:2: cost=2 is more than the limit of one in"),
            (take(counter, per_day(9).at("bad", "1")), "bad:1: the same counter is given twice"),
            (take(counter, token=""), "token=''"),
            (lab.limiter.refund(counter, cost=0), "cost=0"),
            (lab.limiter.peek(), "at least one counter"),
            (lab.limiter.clear(counter, counter), "given twice"),
        ):
            message = await error_of(InvalidLimit, call)
            assert part in message
        assert (await lab.limiter.peek(counter)).remaining == 3

    async def test_a_name_that_changes_its_kind_of_limit_counts_anew(self, lab: Lab) -> None:
        for old in KINDS[:3]:
            for new in KINDS[:3]:
                if old != new:
                    name = "kind", str(old), str(new)
                    await use_up(lab, old.at(*name))
                    await use_up(lab, new.at(*name))

    async def test_a_smaller_limit_holds_at_once(self, lab: Lab) -> None:
        for kind in (fixed_window, sliding_window):
            name = "smaller", kind.__name__
            await lab.limiter.take(kind(10, MINUTE).at(*name), cost=8)
            decision = await lab.limiter.take(kind(5, MINUTE).at(*name))
            assert (decision.allowed, decision.remaining) == (False, 0)
        await lab.limiter.take(fixed_window(1, 60 * MINUTE).at("shorter"))
        refused = await lab.limiter.take(fixed_window(1, MINUTE).at("shorter"))
        assert 59 < refused.retry_after <= 60

    async def test_a_longer_sliding_window_keeps_what_was_counted(self, lab: Lab) -> None:
        await lab.limiter.take(sliding_window(3, MINUTE).at("longer"), cost=2)
        counter = sliding_window(3, 60 * MINUTE).at("longer")
        assert await lab.limiter.take(counter)
        await lab.move(5 * MINUTE)
        assert not await lab.limiter.take(counter)


async def _passed(lab: Lab, callers: int, counter: Counter) -> int:
    calls = [lab.limiter.take(counter) for _ in range(callers)]
    return sum(decision.allowed for decision in await asyncio.gather(*calls))
