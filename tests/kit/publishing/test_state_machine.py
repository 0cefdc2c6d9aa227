"""Whatever workers, platform and clock do: a post appears at most once, and in the end it does."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic import SecretStr
from tests.kit.publishing.press import Book
from tests.kit.publishing.world import Answer, Platform, SteppedPublications, Worker, publisher_of

from hutch.contributions import Migrations
from hutch_database import Database, connect, upgrade
from kit.platforms import Tokens
from kit.publishing import Account, Network, Outgoing, Publication, PublishingSettings
from kit.publishing import PublicationState as State

SETTINGS = PublishingSettings()
ACCOUNT = Account("x", Network.TWITTER, "1", "brand")
AT_ONCE = 3
ENDED = (State.PUBLISHED, State.FAILED)
PATIENCE = 100


class Publishing(RuleBasedStateMachine):
    """One post, up to three workers at a time, one platform."""

    runner: ClassVar[asyncio.Runner]
    database: ClassVar[Database]
    with_media: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(datetime.now(UTC), tick=False)
        self.now = self.clock.start()
        self.platform = Platform(with_media=self.with_media)
        self.publications = SteppedPublications(self.database)
        forever = Tokens(SecretStr("a"), SecretStr("r"), datetime.now(UTC) + timedelta(days=3650))
        book = Book({ACCOUNT.id: ACCOUNT}, {ACCOUNT.id: forever})
        self.publisher = publisher_of(self.publications, book, self.platform, SETTINGS)
        self.workers: list[Worker] = []
        self.refused = False
        self.published: str | None = None
        self.post = self.runner.run(self._approved())

    def living(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.lives]

    @precondition(lambda self: len(self.living()) < AT_ONCE)
    @rule()
    def start(self) -> None:
        self.workers.append(self.runner.run(self._started()))

    @precondition(lambda self: self.living())
    @rule(number=st.integers(0, AT_ONCE - 1), steps=st.integers(1, 6))
    def step(self, number: int, steps: int) -> None:
        worker = self.living()[number % len(self.living())]
        for _ in range(steps):
            if worker.lives:
                self.runner.run(worker.step())
                self.one_post_at_most()

    @precondition(lambda self: self.living())
    @rule(number=st.integers(0, AT_ONCE - 1))
    def die(self, number: int) -> None:
        self.runner.run(self.living()[number % len(self.living())].die())

    @rule(seconds=st.sampled_from([0.5, 2, 10, 16, 61, 3601]))
    def wait(self, seconds: float) -> None:
        self.now.shift(seconds)

    @rule(answer=st.sampled_from(Answer), lag=st.floats(0, SETTINGS.settle))
    def answer(self, answer: Answer, lag: float) -> None:
        self.platform.answers.append((answer, timedelta(seconds=lag)))
        self.refused |= answer is Answer.REFUSED

    @rule(is_blind=st.booleans())
    def blind(self, is_blind: bool) -> None:
        self.platform.is_blind = is_blind

    @invariant()
    def one_post_at_most(self) -> None:
        assert len(self.platform.posts) <= 1, "it was posted twice"

    @invariant()
    def published_is_true_and_final(self) -> None:
        row = self._row()
        if self.published is not None:
            assert (row.state, row.remote_post_id) == (State.PUBLISHED, self.published)
        if row.state is State.PUBLISHED:
            [there] = self.platform.posts
            assert (row.remote_post_id, row.media) == (there.id, there.media)
            self.published = row.remote_post_id

    def teardown(self) -> None:
        """Leave it to one worker, and see that the post gets there."""
        try:
            for worker in self.living():
                self.runner.run(worker.die())
            self.platform.answers.clear()
            self.platform.is_blind = False
            self._end()
        finally:
            self.clock.stop()

    def _end(self) -> None:
        """Let one job run again and again, as the queue and the sweep see to."""
        for _ in range(PATIENCE):
            if self._row().state in ENDED:
                break
            worker = self.runner.run(self._started())
            while worker.lives:
                self.runner.run(worker.step())
            self.now.shift(100)
        self.one_post_at_most()
        assert self._row().state in ENDED[: 1 + self.refused]
        assert self._row().state is not State.PUBLISHED or len(self.platform.posts) == 1

    def _row(self) -> Publication:
        return self.runner.run(self.publications.get(self.post, ACCOUNT.id))

    async def _approved(self) -> str:
        post = uuid4().hex
        async with self.database.session() as session:
            await self.publications.plan(session, post, [ACCOUNT])
        return post

    async def _started(self) -> Worker:
        media = ("picture.png",) if self.with_media else ()
        worker = Worker(
            lambda: self.publisher.publish(Outgoing(self.post, ACCOUNT.id, "Hello", media))
        )
        await worker.stand()
        return worker


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Publishing]]:
    folder: Path = tmp_path_factory.mktemp("machine")
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        opened = connect(f"sqlite:///{folder / 'app.db'}")
        Publishing.runner = runner
        Publishing.database = runner.run(opened.__aenter__())
        runner.run(
            upgrade(
                Publishing.database, [Migrations("kit_publishing", "kit.publishing:migrations")]
            )
        )
        yield Publishing
        runner.run(opened.__aexit__(None, None, None))


def orders(steps: int) -> Iterator[tuple[int, ...]]:
    """List every order in which two workers can take so many steps each."""
    for first in combinations(range(2 * steps), steps):
        yield tuple(0 if step in first else 1 for step in range(2 * steps))


@pytest.mark.req("R24-22")
def test_two_workers_in_every_order_post_once(machine: type[Publishing]) -> None:
    for order in orders(steps=4):
        publishing = machine()
        publishing.start()
        publishing.start()
        one, two = publishing.workers
        for number in order:
            worker = (one, two)[number]
            if worker.lives:
                machine.runner.run(worker.step())
        publishing.one_post_at_most()
        publishing.teardown()


def check(machine: type[Publishing], examples: int, steps: int) -> None:
    limits = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(machine, settings=limits)


@pytest.mark.req("R24-22")
def test_a_post_appears_once_whatever_happens(machine: type[Publishing]) -> None:
    check(machine, examples=40, steps=25)


@pytest.mark.req("R24-22")
def test_a_post_with_a_picture_appears_once_whatever_happens(machine: type[Publishing]) -> None:
    class WithMedia(machine):  # type: ignore[misc,valid-type]
        with_media = True

    check(WithMedia, examples=25, steps=25)


@pytest.mark.slow
@pytest.mark.req("R24-22")
def test_a_post_appears_once_whatever_happens_for_long(machine: type[Publishing]) -> None:
    check(machine, examples=400, steps=40)
