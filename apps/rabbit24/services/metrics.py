"""Metrics: what people made of published posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from hutch_database import Database
from kit.platforms import Metrics, NeedsReauth
from kit.publishing import AccessTokens, Accounts, Network, Publication, PublicationState, Roads
from rabbit24.models import Metric
from rabbit24.schemas import MeasurePost
from rabbit24.settings import Rabbit24Settings


@dataclass(frozen=True, slots=True)
class Measuring:
    """Asks the networks, and keeps what they tell."""

    database: Database
    accounts: Accounts
    tokens: AccessTokens
    roads: Roads
    settings: Rabbit24Settings

    async def measure(self, network: Network, remote_id: str) -> Metrics | None:
        """Ask for the figures of a post and keep them.

        Returns:
            The figures; None where the network does not show the post, or it is not ours, or its
            account is not connected any more.

        Raises:
            PlatformError: The network did not tell them.
        """
        async with self.database.session() as session:
            publication = await session.scalar(
                select(Publication).where(
                    Publication.network == network, Publication.remote_post_id == remote_id
                )
            )
        if publication is None:
            return None
        try:
            account = await self.accounts.get(publication.account_id)
        except NeedsReauth:
            return None
        platform = self.roads.of(network).platform
        told = await self.tokens.call(account, lambda token: platform.metrics(token, [remote_id]))
        if figures := told.get(remote_id):
            await self._keep(publication, figures)
            return figures
        return None

    async def of_post(self, post_id: str) -> list[Metric]:
        """List a post's figures, by account."""
        query = select(Metric).where(Metric.post_id == post_id).order_by(Metric.account_id)
        async with self.database.session() as session:
            return list(await session.scalars(query))

    async def due(self, post_id: str | None = None) -> list[MeasurePost]:
        """List the jobs for what was published lately, or for one post."""
        since = datetime.now(UTC) - timedelta(days=self.settings.measured_days)
        mine = Publication.post_id == post_id if post_id else Publication.updated_at > since
        query = select(Publication).where(Publication.state == PublicationState.PUBLISHED, mine)
        async with self.database.session() as session:
            published = list(await session.scalars(query.order_by(Publication.id)))
        return [
            MeasurePost(post_id=p.post_id, platform_post_id=p.remote_post_id, platform=p.network)
            for p in published
            if p.remote_post_id is not None
        ]

    async def _keep(self, publication: Publication, figures: Metrics) -> None:
        row = Metric(
            post_id=publication.post_id,
            account_id=publication.account_id,
            likes=figures.likes,
            shares=figures.shares,
            comments=figures.comments,
            measured_at=datetime.now(UTC),
        )
        async with self.database.session() as session:
            await session.merge(row)
