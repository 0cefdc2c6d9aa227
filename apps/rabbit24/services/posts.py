"""Posts: write, approve, read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from hutch_database import Database, Session
from kit.platforms import FailPermanent
from kit.publishing import Account, Publication, Publications, Roads
from rabbit24.models import Post, PostNumber, PostStatus, Variant
from rabbit24.schemas import PublishPost
from rabbit24.services.accounts import StoredAccounts
from rabbit24.services.errors import Missing, Refused


@dataclass(frozen=True, slots=True)
class Written:
    """A post, its number, and where it stands on each account."""

    post: Post
    number: int
    publications: Sequence[Publication]


@dataclass(frozen=True, slots=True)
class Draft:
    """A post to be written.

    Attributes:
        slot: The slot of a schedule that it is for, if any.
    """

    brand_profile_id: str
    content: str
    media: tuple[str, ...] = ()
    account_ids: tuple[str, ...] = ()
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class Posts:
    """The posts."""

    database: Database
    publications: Publications
    accounts: StoredAccounts
    roads: Roads

    async def write(self, draft: Draft) -> Written:
        """Write a draft. A slot's post is written once: the one that is there is returned.

        Raises:
            Refused: A chosen account would not take it, or is not this brand's.
        """
        if draft.account_ids:
            chosen = await self.accounts.chosen(draft.brand_profile_id, draft.account_ids)
            self.check(draft.content, draft.media, chosen)
        post = Post(
            brand_profile_id=draft.brand_profile_id,
            content=draft.content,
            media=list(draft.media),
            account_ids=list(draft.account_ids),
            slot=draft.slot,
            created_at=datetime.now(UTC),
        )
        try:
            return await self._stored(post)
        except IntegrityError:
            return await self._of_slot(draft.slot)

    def check(self, content: str, media: Sequence[str], accounts: Iterable[Account]) -> None:
        """Refuse what a network would refuse.

        Raises:
            Refused: Names the network, and what to change.
        """
        for network in {account.network for account in accounts}:
            try:
                self.roads.of(network).check(content, media)
            except FailPermanent as error:
                raise Refused(f"{network}: {error}") from error

    async def approve(self, post_id: str) -> Written:
        """Approve a post for its accounts and commit; again is no change.

        Raises:
            Missing: There is none of this id.
            Refused: It fits none of the accounts, or there is none.
        """
        post = (await self.get(post_id)).post
        if post.status is PostStatus.DRAFT:
            accounts = await self.accounts.chosen(post.brand_profile_id, post.account_ids)
            self.check(post.content, post.media, accounts)
            async with self.database.session() as session:
                # Of two who approve at once, only one may make the publications.
                if await self._turned(session, post_id):
                    await self.publications.plan(session, post_id, accounts)
        return await self.get(post_id)

    async def approve_for(self, post_id: str, account: Account, content: str | None) -> Written:
        """Approve a post for one account more, perhaps in other words; again is no change.

        Raises:
            Missing: There is none of this id.
            Refused: The account would not take it.
        """
        post = (await self.get(post_id)).post
        self.check(content or post.content, post.media, [account])
        try:
            async with self.database.session() as session:
                await self._turned(session, post_id)
                if content is not None:
                    session.add(Variant(post_id=post_id, account_id=account.id, content=content))
                await self.publications.plan(session, post_id, [account])
        except IntegrityError:
            pass  # It is approved for this account already.
        return await self.get(post_id)

    async def get(self, post_id: str) -> Written:
        """Read a post.

        Raises:
            Missing: There is none of this id.
        """
        async with self.database.session() as session:
            post = await session.get(Post, post_id)
            if post is None:
                raise Missing(f"There is no post {post_id!r}.")
            [written] = await self._with_all(session, [post])
        return written

    async def numbered(self, number: int) -> Written:
        """Read a post by its number.

        Raises:
            Missing: There is none of this number.
        """
        async with self.database.session() as session:
            found = await session.get(PostNumber, number)
        if found is None:
            raise Missing(f"There is no post {number}.")
        return await self.get(found.post_id)

    async def of_brands(self, brand_ids: Iterable[str], limit: int) -> list[Written]:
        """List brands' posts, newest first."""
        async with self.database.session() as session:
            found = await session.scalars(
                select(Post)
                .where(Post.brand_profile_id.in_(list(brand_ids)))
                .order_by(Post.created_at.desc(), Post.id)
                .limit(limit)
            )
            return await self._with_all(session, list(found))

    async def payloads(self, publications: Iterable[Publication]) -> list[PublishPost]:
        """Make the payloads of publications' jobs, with the words that each account gets."""
        wanted = list(publications)
        ids = {publication.post_id for publication in wanted}
        async with self.database.session() as session:
            posts = {p.id: p for p in await session.scalars(select(Post).where(Post.id.in_(ids)))}
            variants = await session.scalars(select(Variant).where(Variant.post_id.in_(ids)))
            words = {(v.post_id, v.account_id): v.content for v in variants}
        return [
            _payload(posts[p.post_id], p.account_id, words.get((p.post_id, p.account_id)))
            for p in wanted
        ]

    async def _stored(self, post: Post) -> Written:
        async with self.database.session() as session:
            session.add(post)
            await session.flush()
            number = PostNumber(post_id=post.id)
            session.add(number)
        return Written(post, number.id, ())

    async def _of_slot(self, slot: str | None) -> Written:
        async with self.database.session() as session:
            post = (await session.scalars(select(Post).where(Post.slot == slot))).one()
        return await self.get(post.id)

    async def _turned(self, session: Session, post_id: str) -> bool:
        turned = await session.scalar(
            update(Post)
            .where(Post.id == post_id, Post.status == PostStatus.DRAFT)
            .values(status=PostStatus.APPROVED, approved_at=datetime.now(UTC))
            .returning(Post.id)
        )
        return turned is not None

    async def _with_all(self, session: Session, posts: list[Post]) -> list[Written]:
        ids = [post.id for post in posts]
        numbers = await session.scalars(select(PostNumber).where(PostNumber.post_id.in_(ids)))
        number_of = {number.post_id: number.id for number in numbers}
        publications = defaultdict[str, list[Publication]](list)
        for publication in await self.publications.of_posts(session, ids):
            publications[publication.post_id].append(publication)
        return [Written(post, number_of[post.id], publications[post.id]) for post in posts]


def _payload(post: Post, account_id: str, words: str | None) -> PublishPost:
    return PublishPost(
        post_id=post.id,
        brand_profile_id=post.brand_profile_id,
        social_account_id=account_id,
        content=post.content if words is None else words,
        media_urls=tuple(post.media),
    )
