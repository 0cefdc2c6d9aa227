"""Posts: texts with their time, and where each stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from hutch_database import Database, Session
from hutch_lock import content_hash
from kit.publishing import Account, Publication, Publications
from xbot.models import Post, PostStatus, Tweet
from xbot.schemas import Draft, PostView
from xbot.services.errors import Missing, Refused
from xbot.services.features import tags_of

SAME = timedelta(days=7)
"""How long a text is not posted again."""
LOST_AFTER = timedelta(seconds=20)
"""After which time a post that is due should have been posted, or wait for a limit; and one that
was posted should be in the database as a tweet."""
LOOKED_AFTER = timedelta(days=30)
"""How long posted ones are looked after."""
AT_ONCE = 200
MOST_TOPICS = 50


@dataclass(frozen=True, slots=True)
class Posts:
    """The posts."""

    database: Database
    publications: Publications

    async def schedule(self, session: Session, draft: Draft, at: datetime, priority: int) -> Post:
        """Give a draft its time, in the session's transaction.

        Raises:
            Refused: The same content waits, or was posted in the last seven days.
        """
        now = datetime.now(UTC)
        digest = content_hash(draft.text)
        await _check_new(session, draft.id, digest, now - SAME)
        post = Post(
            id=draft.id,
            text=draft.text,
            topic=draft.topic,
            tags=list(tags_of(draft.text)),
            content_hash=digest,
            priority=priority,
            scheduled_for=max(at, now),
            status=PostStatus.WAITING,
            score=draft.score,
            created_at=now,
        )
        session.add(post)
        await session.flush()
        return post

    async def get(self, post_id: str) -> Post:
        """Return a post.

        Raises:
            Missing: There is none of this id.
        """
        async with self.database.session() as session:
            found = await session.get(Post, post_id)
        if found is None:
            raise Missing(f"There is no post {post_id!r}.")
        return found

    async def end(self, post_id: str, status: PostStatus, reason: str | None = None) -> bool:
        """Move a waiting post to its end; False where it had one before."""
        async with self.database.session() as session:
            ended = await session.scalar(
                update(Post)
                .where(Post.id == post_id, Post.status == PostStatus.WAITING)
                .values(status=status, reason=reason, ended_at=datetime.now(UTC))
                .returning(Post.id)
            )
        return ended is not None

    async def wait(self, post_id: str, reason: str) -> None:
        """Say what a waiting post waits for."""
        async with self.database.session() as session:
            waits = (Post.id == post_id) & (Post.status == PostStatus.WAITING)
            await session.execute(update(Post).where(waits).values(reason=reason))

    async def go_on(self) -> None:
        """Forget what posts waited for."""
        async with self.database.session() as session:
            waiting = Post.status == PostStatus.WAITING
            await session.execute(update(Post).where(waiting).values(reason=None))

    async def cancel(self, post_id: str) -> None:
        """Take a waiting post back, also one that waits for a limit.

        Raises:
            Missing: There is none of this id.
            Refused: It is on its way to X, or has ended.
        """
        async with self.database.session() as session:
            waits = await _hold(session, post_id)
            planned = await self.publications.of_posts(session, [post_id])
            if waits and all([await self.publications.withdraw(session, p) for p in planned]):
                post = await session.get_one(Post, post_id)
                post.status, post.ended_at = PostStatus.CANCELLED, datetime.now(UTC)
                return
        state = planned[0].state if planned else (await self.get(post_id)).status
        raise Refused(f"The post {post_id!r} is {state.lower()}: it cannot be taken back.")

    async def plan(self, post: Post, account: Account) -> None:
        """Let publishing know of a post, once, unless it was taken back meanwhile.

        Raises:
            Refused: It waits no more.
        """
        async with self.database.session() as session:
            if not await _hold(session, post.id):
                raise Refused(f"The post {post.id!r} waits no more.")
            if not await self.publications.of_posts(session, [post.id]):
                await self.publications.plan(session, post.id, [account])

    async def views(self, status: PostStatus | None, limit: int) -> list[PostView]:
        """List posts: those that wait by priority and time, others newest first."""
        query = select(Post).limit(limit)
        if status is not None:
            query = query.where(Post.status == status)
        if status is PostStatus.WAITING:
            query = query.order_by(Post.priority.desc(), Post.scheduled_for, Post.id)
        else:
            query = query.order_by(Post.created_at.desc(), Post.id)
        async with self.database.session() as session:
            posts = list(await session.scalars(query))
        return await self._shown(posts)

    async def ended(self, limit: int) -> list[PostView]:
        """List posts that have ended, whatever became of them, the last first."""
        query = select(Post).where(Post.ended_at.is_not(None)).limit(limit)
        async with self.database.session() as session:
            posts = list(await session.scalars(query.order_by(Post.ended_at.desc(), Post.id)))
        return await self._shown(posts)

    async def waiting(self) -> int:
        """Count the posts that wait."""
        query = select(func.count()).where(Post.status == PostStatus.WAITING)
        async with self.database.session() as session:
            return await session.scalar(query) or 0

    async def view(self, post_id: str) -> PostView:
        """Show one post.

        Raises:
            Missing: There is none of this id.
        """
        [view] = await self._shown([await self.get(post_id)])
        return view

    async def overdue(self) -> list[Post]:
        """List posts that should have been posted: their jobs may be lost or dead."""
        query = (
            select(Post)
            .where(
                Post.status == PostStatus.WAITING,
                Post.scheduled_for < datetime.now(UTC) - LOST_AFTER,
            )
            .order_by(Post.scheduled_for)
            .limit(AT_ONCE)
        )
        async with self.database.session() as session:
            return list(await session.scalars(query))

    async def unwritten(self) -> list[Post]:
        """List posted ones without a tweet in the database: the jobs that write it may be lost."""
        now = datetime.now(UTC)
        query = (
            select(Post)
            .outerjoin(Tweet, Tweet.post_id == Post.id)
            .where(
                Tweet.id.is_(None),
                Post.status == PostStatus.POSTED,
                Post.ended_at.between(now - LOOKED_AFTER, now - LOST_AFTER),
            )
            .order_by(Post.ended_at)
            .limit(AT_ONCE)
        )
        async with self.database.session() as session:
            return list(await session.scalars(query))

    async def topics(self) -> list[str]:
        """List what was posted about, or will be: the 50 topics that were written about last."""
        query = (
            select(Post.topic)
            .where(Post.status.in_((PostStatus.WAITING, PostStatus.POSTED)))
            .group_by(Post.topic)
            .order_by(func.max(Post.created_at).desc(), Post.topic)
            .limit(MOST_TOPICS)
        )
        async with self.database.session() as session:
            return sorted(await session.scalars(query))

    async def _publications(self, ids: Iterable[str]) -> dict[str, Publication]:
        async with self.database.session() as session:
            found = await self.publications.of_posts(session, ids)
        return {publication.post_id: publication for publication in found}

    async def _shown(self, posts: list[Post]) -> list[PostView]:
        found = await self._publications([post.id for post in posts])
        return [_view(post, found.get(post.id)) for post in posts]


def _view(post: Post, publication: Publication | None) -> PostView:
    return PostView(
        id=post.id,
        text=post.text,
        topic=post.topic,
        priority=post.priority,
        scheduled_for=post.scheduled_for,
        status=post.status,
        score=post.score,
        reason=post.reason or (publication and publication.error),
        not_before=publication and publication.not_before,
        url=publication and publication.remote_url,
    )


async def _hold(session: Session, post_id: str) -> bool:
    """Keep others from moving a post until the commit; tell whether it waits.

    The write takes the lock, on SQLite as on PostgreSQL.
    """
    waiting = await session.scalar(
        update(Post)
        .where(Post.id == post_id, Post.status == PostStatus.WAITING)
        .values(status=PostStatus.WAITING)
        .returning(Post.id)
    )
    return waiting is not None


async def _check_new(session: Session, own: str, digest: str, since: datetime) -> None:
    same = await session.scalar(
        select(Post.status).where(
            Post.content_hash == digest,
            Post.id != own,
            (Post.status == PostStatus.WAITING)
            | ((Post.status == PostStatus.POSTED) & (Post.ended_at > since)),
        )
    )
    if same is not None:
        said = "waits to be posted" if same is PostStatus.WAITING else "was posted this week"
        raise Refused(f"A post that says the same {said}: change the text.")
