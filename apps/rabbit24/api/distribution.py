"""The distribution over HTTP: an operator brings a post to connections."""

from __future__ import annotations

from dataclasses import dataclass

from hutch.http import controller, guard, post
from hutch_auth import OPERATOR, RequireRole
from rabbit24.asked import DispatchOrder
from rabbit24.jobs.distribution import DispatchOrders
from rabbit24.schemas import ScheduledPublish
from rabbit24.services.distribution import Distributions
from rabbit24.views import DispatchView


@guard(RequireRole(OPERATOR))
@controller("/api/admin/distribution")
@dataclass
class DistributionController:
    """Orders of operators."""

    distributions: Distributions
    orders: DispatchOrders

    @post("/dispatch", status=202)
    async def dispatch(self, order: DispatchOrder) -> DispatchView:
        """Keep an order, and enqueue one job for each connection, or one for its time."""
        kept = await self.distributions.order(
            order.post_id,
            order.connection_ids,
            order.scheduled_for,
            order.request_ai_assets,
            order.custom_message,
        )
        if kept.scheduled_for is not None:
            data = ScheduledPublish(schedule_id=kept.id, scheduled_for=kept.scheduled_for)
            handles = [await self.orders.add_scheduled_publish_job(data)]
            jobs = tuple(handle.id for handle in handles)
        else:
            dispatches = await self.distributions.dispatches(kept.id)
            jobs = tuple([(await self.orders.add_dispatch_job(one)).id for one in dispatches])
        return DispatchView(schedule_id=kept.id, jobs=jobs, scheduled_for=kept.scheduled_for)
