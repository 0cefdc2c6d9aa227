"""The press with its accounts on a sandbox, as tests drive it."""

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import SecretStr
from tests.kit.publishing.press import Approvals, Book, PressJobs

from hutch import bind
from hutch.binding import Binding
from hutch.testing import Testing
from hutch_queue import QueueAdmin
from kit.files import Files
from kit.platforms import Published, Tokens, XClient
from kit.publishing import (
    Account,
    Deferred,
    Network,
    Outgoing,
    Publication,
    Publications,
    Publisher,
    Stuck,
)
from kit.sandbox import Fault, FaultOrder, PlatformName, SandboxState
from kit.sandbox.accounts import Grant

PLATFORMS = {
    Network.TWITTER: PlatformName.X,
    Network.LINKEDIN: PlatformName.LINKEDIN,
    Network.FACEBOOK: PlatformName.FACEBOOK,
    Network.INSTAGRAM: PlatformName.INSTAGRAM,
}
_ids = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """The sandbox, and an account on one of its platforms."""

    url: str
    state: SandboxState
    grant: Grant
    network: Network = Network.TWITTER

    @property
    def account(self) -> Account:
        return Account(self.network.lower(), self.network, self.grant.account.user_id, "brand")

    @property
    def tokens(self) -> Tokens:
        pair = self.grant.pair
        return Tokens(SecretStr(pair.access), SecretStr(pair.refresh), pair.expires_at)

    @property
    def posts(self) -> list[dict[str, Any]]:
        """What the account has posted, newest first."""
        mine = self.state.shown()[PLATFORMS[self.network]]["posts"]
        return [post for post in mine if post["user_id"] == self.grant.account.user_id]

    @property
    def texts(self) -> list[str]:
        return [post["text"] for post in self.posts]

    def post(self, text: str) -> None:
        """Post by hand on X, as the account's owner would."""
        self.state.x.posts.add(self.grant.account, text, ())

    def fault(self, fault: Fault, **more: Any) -> None:
        self.state.faults.order(FaultOrder(platform=PLATFORMS[self.network], fault=fault, **more))


@dataclass(frozen=True)
class Press:
    """A started press."""

    t: Testing
    x: Place

    async def approved(
        self, content: str, place: Place | None = None, media: tuple[str, ...] = ()
    ) -> str:
        post = self.outgoing(f"post-{next(_ids)}", content, place, media)
        await self.t.get(Approvals).approve(post)
        return post.post_id

    async def without_job(self, content: str = "Hello") -> str:
        """Approve a post whose job is then lost."""
        post = self.outgoing(f"post-{next(_ids)}", content)
        await self.t.get(Approvals).plan(post)
        return post.post_id

    def outgoing(
        self, post: str, content: str, place: Place | None = None, media: tuple[str, ...] = ()
    ) -> Outgoing:
        return Outgoing(post, (place or self.x).account.id, content, media)

    async def publish(self, post: str) -> Published | Deferred | None:
        """Take a turn, as a job would."""
        return await self.publisher.publish(self.book.posts[post])

    async def sweep(self) -> list[object]:
        await self.jobs.sweep()
        return list(self.t.enqueued)

    async def row(self, post: str) -> Publication:
        return await self.publications.get(post, self.book.posts[post].account_id)

    async def state(self, post: str) -> str:
        return (await self.row(post)).state.value

    async def due(self, post: str) -> datetime:
        not_before = (await self.row(post)).not_before
        assert not_before is not None
        return not_before

    async def scheduled(self) -> int:
        return (await self.t.get(QueueAdmin).stats("press")).delayed

    async def claimed(self, post: str) -> Publication:
        """Begin to send a post, and die."""
        row = await self.row(post)
        await self.publications.prepared(row, ())
        assert await self.publications.claim(row, ()) is not None
        return await self.row(post)

    @property
    def book(self) -> Book:
        return self.t.get(Book)

    @property
    def jobs(self) -> PressJobs:
        return self.t.app.get(PressJobs)

    @property
    def files(self) -> Files:
        return self.t.get(Files)

    @property
    def publisher(self) -> Publisher:
        return self.t.get(Publisher)

    @property
    def publications(self) -> Publications:
        return self.t.get(Publications)

    @property
    def stuck(self) -> Stuck:
        return self.t.get(Stuck)


def in_place_of_x(fake: object) -> Binding[Any]:
    """Let the app call something else than X."""
    return bind(XClient).value(cast(XClient, fake))
