"""A small world to publish in: a clock, a platform that misbehaves, workers moved step by step."""

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, cast

from tests.kit.publishing.press import Book

from kit.platforms import (
    FailPermanent,
    PauseAccount,
    PlatformSettings,
    Post,
    Published,
    Refresher,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.platforms.x.client import LIMITS
from kit.publishing import (
    AccessTokens,
    Network,
    Publication,
    Publications,
    Publisher,
    PublishingSettings,
    Roads,
    TryLater,
)
from kit.publishing.preparing import Preparer
from kit.publishing.reconciling import Reconciler
from kit.publishing.roads import Road
from kit.publishing.roads.direct import Direct
from kit.publishing.verdicts import Verdicts

_ids = itertools.count(1)
_worker: ContextVar["Worker"] = ContextVar("worker")


class Answer(Enum):
    """What the platform makes of a new post."""

    OK = "it is there, and so is the answer"
    LOST = "it is there, but the answer is not"
    IGNORED = "it is not there, nor an answer"
    UNREACHED = "nothing was sent"
    LIMITED = "not now"
    PAUSED = "not for an hour"
    REFUSED = "never"


LANDS = (Answer.OK, Answer.LOST)


class Worker:
    """Runs one turn, and stands still before each step that others can see."""

    def __init__(self, turn: Callable[[], Awaitable[object]]) -> None:
        self._turn = turn
        self._go = asyncio.Event()
        self._stands = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    @property
    def lives(self) -> bool:
        return not self._task.done()

    async def step(self) -> None:
        """Take the next step, up to the one after it or the end."""
        self._stands.clear()
        self._go.set()
        await self.stand()

    async def stand(self) -> None:
        stands = asyncio.create_task(self._stands.wait())
        await asyncio.wait([self._task, stands], return_when=asyncio.FIRST_COMPLETED)
        stands.cancel()
        if self._task.done():
            self._task.result()

    async def die(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def pause(self) -> None:
        self._stands.set()
        await self._go.wait()
        self._go.clear()

    async def _run(self) -> None:
        _worker.set(self)
        try:
            await self._turn()
        except TryLater:
            return


async def pause() -> None:
    """Stand still, if this is a worker."""
    worker = _worker.get(None)
    if worker is not None:
        await worker.pause()


class SteppedPublications(Publications):
    """The real rows, each transaction a step."""

    async def get(self, post_id: str, account_id: str) -> Publication:
        await pause()
        return await super().get(post_id, account_id)

    async def _move(self, *args: Any, **values: Any) -> bool:
        await pause()
        return await super()._move(*args, **values)


@dataclass(frozen=True)
class Shown:
    """A post, and from when on the platform shows it."""

    id: str
    text: str
    since: datetime
    media: tuple[str, ...]


class Platform:
    """A platform without a check for duplicates, which shows a post after a while."""

    def __init__(self, *, with_media: bool = False) -> None:
        self.uploaded: set[str] = set()
        self.with_media = with_media
        self.posts: list[Shown] = []
        self.answers: deque[tuple[Answer, timedelta]] = deque()
        self.is_blind = False

    async def create_post(
        self, _token: object, text: str, media: Sequence[str], *, user_id: str
    ) -> Published:
        assert len(media) == self.with_media
        assert self.uploaded.issuperset(media)
        await pause()
        answer, lag = self.answers.popleft() if self.answers else (Answer.OK, timedelta(0))
        post = Shown(str(next(_ids)), text, datetime.now(UTC) + lag, tuple(media))
        if answer in LANDS:
            self.posts.append(post)
        await pause()
        return _answered(answer, post)

    async def recent_posts(self, *_: object) -> tuple[Post, ...]:
        await pause()
        now = datetime.now(UTC)
        if self.is_blind:
            raise RetryBackoff("not reached")
        shown = [post for post in self.posts if post.since <= now]
        await pause()
        return tuple(Post(post.id, "url", post.since, post.text) for post in shown)

    async def refresh(self, *_: object) -> Any:
        raise AssertionError("the token lasts")

    async def upload(self, *_: object) -> str:
        await pause()
        media = f"m{next(_ids)}"
        self.uploaded.add(media)
        await pause()
        return media


class OneRoad(Roads):
    """The road of X, to the platform of this world."""

    def __init__(self, platform: Platform) -> None:
        self._road = Direct(cast(Any, platform), LIMITS, platform.upload)

    def of(self, network: Network) -> Road:
        return self._road


def publisher_of(
    publications: Publications, book: Book, platform: Platform, settings: PublishingSettings
) -> Publisher:
    """Put a publisher together for this world."""
    roads = OneRoad(platform)
    tokens = AccessTokens(book, Refresher(cast(Any, None), book), roads)
    return Publisher(
        publications,
        Preparer(publications, tokens, roads, PlatformSettings()),
        Reconciler(publications, book, tokens, roads, settings),
        Verdicts(publications),
        book,
        tokens,
        roads,
        book,
        settings,
    )


def _answered(answer: Answer, post: Shown) -> Published:
    match answer:
        case Answer.OK:
            return Published(post.id, "url")
        case Answer.LOST | Answer.IGNORED:
            raise Unknown("no answer")
        case Answer.UNREACHED:
            raise RetryBackoff("not reached")
        case Answer.LIMITED:
            raise RetryAfter("limited", at=datetime.now(UTC) + timedelta(minutes=1))
        case Answer.PAUSED:
            raise PauseAccount("paused", until=datetime.now(UTC) + timedelta(hours=1))
        case Answer.REFUSED:
            raise FailPermanent("refused")
