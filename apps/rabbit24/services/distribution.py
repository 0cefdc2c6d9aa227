"""Distribution: an operator's order to bring a post to connections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from hutch_database import Database
from kit.ai import Task, Writer
from kit.publishing import Account, Publication
from rabbit24.models import Distribution
from rabbit24.schemas import Dispatch
from rabbit24.services.accounts import StoredAccounts
from rabbit24.services.errors import Missing, Refused
from rabbit24.services.posts import Posts

ASSETS = Task(
    name="assets",
    instructions="Rewrite this post for another audience in one or two sentences. Invent nothing.",
    templates=("$content", "Again for you: $content"),
    most_tokens=200,
)

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Distributions:
    """The orders."""

    database: Database
    posts: Posts
    accounts: StoredAccounts
    writer: Writer

    async def order(
        self,
        post_number: int,
        connections: tuple[int, ...],
        scheduled_for: datetime | None,
        request_ai_assets: bool,
        custom_message: str | None,
    ) -> Distribution:
        """Keep an order, after a look at all that it names.

        Raises:
            Missing: There is no such post or connection; nothing is kept.
            Refused: A connection is another brand's; nothing is kept.
        """
        brand = (await self.posts.numbered(post_number)).post.brand_profile_id
        for number in connections:
            _check(await self.accounts.numbered(number), brand, number, post_number)
        row = Distribution(
            post_number=post_number,
            connections=[str(number) for number in dict.fromkeys(connections)],
            scheduled_for=scheduled_for,
            request_ai_assets=request_ai_assets,
            custom_message=custom_message,
            created_at=datetime.now(UTC),
        )
        async with self.database.session() as session:
            session.add(row)
        return row

    async def waiting(self, since: timedelta) -> list[Distribution]:
        """List up to 500 orders that were kept that long ago and have not begun, the next first."""
        due = func.coalesce(Distribution.scheduled_for, Distribution.created_at)
        query = select(Distribution).where(
            Distribution.begun_at.is_(None), Distribution.created_at < datetime.now(UTC) - since
        )
        async with self.database.session() as session:
            return list(await session.scalars(query.order_by(due).limit(AT_ONCE)))

    async def begun(self, schedule_id: int) -> None:
        """Keep that the jobs of an order's connections are enqueued."""
        async with self.database.session() as session:
            await session.execute(
                update(Distribution)
                .where(Distribution.id == schedule_id)
                .values(begun_at=datetime.now(UTC))
            )

    async def dispatches(self, schedule_id: int) -> list[Dispatch]:
        """List the jobs of an order, one for each connection.

        Raises:
            Missing: There is no order of this number.
        """
        order = await self._get(schedule_id)
        return [
            Dispatch(
                schedule_id=order.id,
                post_id=order.post_number,
                target_id=int(number),
                request_ai_assets=order.request_ai_assets or None,
                custom_message=order.custom_message,
            )
            for number in order.connections
        ]

    async def dispatch(self, data: Dispatch) -> list[Publication]:
        """Approve the post for the target; again is no change.

        Raises:
            Missing: The post or the connection is gone.
            Refused: The account would not take it, or is another brand's.
            PlatformError: The model did not write.
        """
        account = await self.accounts.numbered(data.target_id)
        post = (await self.posts.numbered(data.post_id)).post
        # Time has passed since the order: who has the connection now, is asked now.
        _check(account, post.brand_profile_id, data.target_id, data.post_id)
        words = data.custom_message
        if data.request_ai_assets:
            facts = {"content": words or post.content}
            words = (await self.writer.write(ASSETS, facts)).text
        written = await self.posts.approve_for(post.id, account, words)
        return [one for one in written.publications if one.account_id == account.id]

    async def _get(self, schedule_id: int) -> Distribution:
        async with self.database.session() as session:
            found = await session.get(Distribution, schedule_id)
        if found is None:
            raise Missing(f"There is no distribution {schedule_id}.")
        return found


def _check(account: Account, brand: str, connection: int, post: int) -> None:
    if account.owner != brand:
        raise Refused(f"The connection {connection} is not of the brand of post {post}.")
