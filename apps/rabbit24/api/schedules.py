"""Schedules over HTTP: slots that are filled by themselves."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from hutch import Inject
from hutch.http import Path, Query, Unprocessable, controller, delete, get, guard, post
from hutch_auth import CurrentUser, LoggedIn
from hutch_queue import InvalidOption, Schedules, UnknownSchedule
from hutch_ratelimit import RequestLimit, per_minute
from kit.columns import new_id
from rabbit24.asked import NewSchedule
from rabbit24.jobs.schedule import ScheduleJobs
from rabbit24.models import Schedule
from rabbit24.schemas import ID
from rabbit24.services.accounts import StoredAccounts
from rabbit24.services.brands import Brands
from rabbit24.services.errors import Refused
from rabbit24.services.materials import Materials
from rabbit24.services.schedules import Slots
from rabbit24.views import ScheduleView

QUEUE = "schedule"
ScheduleId = Annotated[str, Path(pattern=ID)]


class Runs(RequestLimit):
    """How often one address may let slots be filled at once."""

    name = "run-schedule"
    limits = (per_minute(20),)


@guard(LoggedIn)
@controller("/api/schedules")
@dataclass
class SchedulesController:
    """A brand's schedules."""

    brands: Brands
    accounts: StoredAccounts
    materials: Materials
    slots: Slots
    schedules: Schedules
    filling: ScheduleJobs

    @post("/", status=201)
    async def add(self, new: NewSchedule, user: Inject[CurrentUser]) -> ScheduleView:
        """Let posts about a topic be written by the clock."""
        await self.brands.of_user(user, new.brand_profile_id)
        await self.accounts.chosen(new.brand_profile_id, new.account_ids)
        await self.materials.check(new.brand_profile_id, new.media)
        row = _row(new)
        # The clock first: it knows what a crontab line is. The sweep mends what ends between.
        try:
            planned = await self.filling.plan(row)
        except InvalidOption as error:
            raise Unprocessable(str(error)) from error
        try:
            return ScheduleView.of(await self.slots.add(row), planned.next)
        except Refused:
            await self.schedules.remove(QUEUE, row.id)
            raise

    @get("/")
    async def of_brand(
        self,
        user: Inject[CurrentUser],
        brand_profile_id: Annotated[str, Query(alias="brandProfileId", pattern=ID)],
    ) -> list[ScheduleView]:
        """List a brand's schedules, newest first."""
        await self.brands.of_user(user, brand_profile_id)
        next_of = {info.name: info.next for info in await self.schedules.list(QUEUE)}
        rows = await self.slots.of_brands([brand_profile_id])
        return [ScheduleView.of(row, next_of.get(row.id)) for row in rows]

    @post("/{schedule_id}/run", status=202)
    @guard(Runs)
    async def run(self, schedule_id: ScheduleId, user: Inject[CurrentUser]) -> str:
        """Fill a slot now, beside those of the clock; return the job's id."""
        row = await self._mine(user, schedule_id)
        try:
            return await self.schedules.run_now(QUEUE, schedule_id)
        except UnknownSchedule:
            # Redis has lost it, or the app ended before it was told.
            await self.filling.plan(row)
            return await self.schedules.run_now(QUEUE, schedule_id)

    @delete("/{schedule_id}", status=204)
    async def remove(self, schedule_id: ScheduleId, user: Inject[CurrentUser]) -> None:
        """End a schedule; posts that were written for it stay."""
        await self._mine(user, schedule_id)
        with suppress(UnknownSchedule):
            await self.schedules.remove(QUEUE, schedule_id)
        await self.slots.remove(schedule_id)

    async def _mine(self, user: CurrentUser, schedule_id: str) -> Schedule:
        schedule = await self.slots.get(schedule_id)
        what = f"schedule {schedule_id!r}"
        await self.brands.of_user(user, schedule.brand_profile_id, what)
        return schedule


def _row(new: NewSchedule) -> Schedule:
    return Schedule(
        id=new_id(),
        brand_profile_id=new.brand_profile_id,
        topic=new.topic,
        media=list(new.media),
        account_ids=list(new.account_ids),
        cron=new.cron,
        tz=new.tz,
    )
