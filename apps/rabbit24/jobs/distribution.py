"""The queues of the distribution: dispatch, scheduled, token-refresh."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from hutch import intercept
from hutch_queue import (
    Handle,
    Queue,
    ScheduleInfo,
    Schedules,
    cron,
    exponential,
    job,
    processor,
)
from kit.platforms import PausePlatform, SnoozeWhenTold
from kit.publishing import AccessTokens
from rabbit24.jobs.final import FINAL
from rabbit24.jobs.publish import PublishJobs
from rabbit24.models import Distribution
from rabbit24.schemas import Dispatch, RefreshConnection, ScheduledPublish
from rabbit24.services.accounts import StoredAccounts
from rabbit24.services.distribution import Distributions
from rabbit24.settings import FACTOR, DistributionSettings

DAY = timedelta(days=1)
PATIENCE = timedelta(minutes=1)
TOKEN_REFRESH, CONNECTION = "distribution:token-refresh", "connection-"


@processor("distribution:dispatch", concurrency=5)
@dataclass
class DispatchJobs:
    """Brings posts to connections."""

    distributions: Distributions
    publishing: PublishJobs

    @job(name="dispatch", attempts=4, backoff=exponential(5, factor=FACTOR), no_retry=FINAL)
    @intercept(SnoozeWhenTold)
    async def dispatch(self, data: Dispatch) -> list[str]:
        """Approve the post for its target and enqueue its publishing; return the states."""
        publications = await self.distributions.dispatch(data)
        await self.publishing.enqueue(publications)
        return [publication.state.value for publication in publications]


@processor("distribution:scheduled", concurrency=5)
@dataclass
class ScheduledJobs:
    """Begins orders at their time."""

    distributions: Distributions
    orders: DispatchOrders

    @job(
        name="scheduled-publish",
        attempts=3,
        backoff=exponential(5, factor=FACTOR),
        no_retry=FINAL,
    )
    async def publish(self, data: ScheduledPublish) -> int:
        """Enqueue the dispatches of an order; return how many."""
        return len(await self.orders.dispatch(data.schedule_id))

    @cron("*/5 * * * *", overlap=False)
    @job(name="distribution-sweep", attempts=1)
    async def sweep(self) -> None:
        """Begin orders that should have their jobs by now, whatever lost them."""
        for order in await self.distributions.waiting(PATIENCE):
            await self.orders.begin(order)


@processor(TOKEN_REFRESH, concurrency=5)
@dataclass
class ConnectionJobs:
    """Refreshes the tokens of connections, each by a schedule of its own."""

    accounts: StoredAccounts
    tokens: AccessTokens
    orders: DispatchOrders

    @job(name="token-refresh", attempts=5, backoff=exponential(5), no_retry=FINAL)
    @intercept(SnoozeWhenTold)
    async def refresh(self, data: RefreshConnection) -> None:
        """Refresh the token of a connection, whatever time it has left."""
        # What waits for an operator is tried again tomorrow: there is a job each day.
        with suppress(PausePlatform):
            await self.tokens.renew(await self.accounts.numbered(data.connection_id))

    @cron("*/5 * * * *", overlap=False)
    @job(name="connection-sweep", attempts=1)
    async def sweep(self) -> None:
        """Give each connection its schedule, and take those away that have none any more.

        An account may be connected, or disconnected, while the queue is away.
        """
        there, planned = set(await self.accounts.numbers()), await self.orders.refreshed()
        for number in there - planned:
            await self.orders.add_token_refresh_job(RefreshConnection(connection_id=number))
        for number in planned - there:
            await self.orders.remove_token_refresh_job(number)


@dataclass(frozen=True, slots=True)
class DispatchOrders:
    """Adds jobs to the distribution's queues, as its settings say."""

    distributions: Distributions
    queue: Queue
    schedules: Schedules
    settings: DistributionSettings

    async def begin(self, order: Distribution) -> list[str]:
        """Enqueue the jobs of an order, or the one of its time; return their ids.

        Again is no second post on any connection.

        Raises:
            QueueUnavailable: The sweep does it when the queue is back.
        """
        if order.scheduled_for is None:
            return await self.dispatch(order.id)
        data = ScheduledPublish(schedule_id=order.id, scheduled_for=order.scheduled_for)
        return [(await self.add_scheduled_publish_job(data)).id]

    async def dispatch(self, schedule_id: int) -> list[str]:
        """Enqueue a job for each connection of an order now; return their ids.

        Raises:
            QueueUnavailable: The sweep does it when the queue is back.
        """
        dispatches = await self.distributions.dispatches(schedule_id)
        jobs = [(await self.add_dispatch_job(one)).id for one in dispatches]
        await self.distributions.begun(schedule_id)
        return jobs

    async def add_dispatch_job(self, data: Dispatch) -> Handle[list[str]]:
        """Enqueue a dispatch: once for each target of an order while it lives."""
        return await self.queue.enqueue(
            DispatchJobs.dispatch(data),
            key=f"dispatch-{data.schedule_id}-{data.target_id}",
            attempts=1 + self.settings.max_retries,
            backoff=self.settings.backoff,
        )

    async def add_scheduled_publish_job(self, data: ScheduledPublish) -> Handle[int]:
        """Let an order begin at its time; again it is moved. A time in the past is now."""
        return await self.queue.enqueue(
            ScheduledJobs.publish(data),
            key=f"scheduled:{data.schedule_id}",
            replace=True,
            at=data.scheduled_for,
            backoff=self.settings.backoff,
        )

    async def add_token_refresh_job(
        self, data: RefreshConnection, every: timedelta = DAY
    ) -> ScheduleInfo:
        """Let a connection's token be refreshed again and again; each has its own schedule."""
        call = ConnectionJobs.refresh(data)
        return await self.schedules.put(f"{CONNECTION}{data.connection_id}", call, every=every)

    async def remove_token_refresh_job(self, connection_id: int) -> bool:
        """End that; tell whether there was one."""
        return await self.schedules.remove(TOKEN_REFRESH, f"{CONNECTION}{connection_id}")

    async def refreshed(self) -> set[int]:
        """Tell which connections have such a schedule."""
        infos = await self.schedules.list(TOKEN_REFRESH)
        return {
            int(info.name.removeprefix(CONNECTION)) for info in infos if info.source == "runtime"
        }
