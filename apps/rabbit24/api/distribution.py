"""The distribution over HTTP: an operator brings a post to connections."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from hutch.http import controller, guard, post
from hutch_auth import OPERATOR, RequireRole
from hutch_queue import QueueUnavailable
from rabbit24.asked import DispatchOrder
from rabbit24.jobs.distribution import DispatchOrders
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
        """Keep an order, and enqueue one job for each connection, or one for its time.

        Is the queue away, no job is told, and the sweep enqueues them when it is back.
        """
        kept = await self.distributions.order(
            order.post_id,
            order.connection_ids,
            order.scheduled_for,
            order.request_ai_assets,
            order.custom_message,
        )
        jobs = list[str]()
        with suppress(QueueUnavailable):
            jobs = await self.orders.begin(kept)
        return DispatchView(schedule_id=kept.id, jobs=tuple(jobs), scheduled_for=kept.scheduled_for)
