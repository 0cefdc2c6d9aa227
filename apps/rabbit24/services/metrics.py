"""Metrics: what people made of published posts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, select

from hutch_database import Database
from kit.platforms import Metrics, NeedsReauth
from kit.publishing import AccessTokens, Accounts, Network, Publication, PublicationState, Roads
from rabbit24.models import Metric
from rabbit24.schemas import MeasurePost
from rabbit24.settings import Rabbit24Settings

PAGE = 500


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

    async def due(self, post_id: str) -> list[MeasurePost]:
        """List the jobs for one post."""
        return _jobs(await self._published(Publication.post_id == post_id))

    async def lately(self) -> AsyncIterator[list[MeasurePost]]:
        """List the jobs for what was published lately, page by page."""
        since = datetime.now(UTC) - timedelta(days=self.settings.measured_days)
        last = ""
        while page := await self._published(Publication.updated_at > since, Publication.id > last):
            yield _jobs(page)
            last = page[-1].id

    async def _published(self, *which: ColumnElement[bool]) -> list[Publication]:
        is_published = Publication.state == PublicationState.PUBLISHED
        query = select(Publication).where(is_published, *which).order_by(Publication.id)
        async with self.database.session() as session:
            return list(await session.scalars(query.limit(PAGE)))

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


def _jobs(published: Iterable[Publication]) -> list[MeasurePost]:
    return [
        MeasurePost(post_id=p.post_id, platform_post_id=p.remote_post_id, platform=p.network)
        for p in published
        if p.remote_post_id is not None
    ]
