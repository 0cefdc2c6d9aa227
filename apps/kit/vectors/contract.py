"""The contract of every backend, as tests that a backend's own suite inherits.

``class TestMine(VectorsContract)`` with two fixtures: ``vectors``, the backend, and ``session``,
one of a database that holds nothing yet. Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable

from hutch_database import Session
from kit.vectors.errors import InvalidTag, WrongVector
from kit.vectors.port import Entry, Space, Vectors

FLAT = Space("points", "two-numbers", 2)
OTHER_MODEL = Space("points", "two-others", 2)
OTHER_NAME = Space("places", "two-numbers", 2)


def at(degrees: float, length: float = 1.0) -> list[float]:
    """Point somewhere."""
    return [length * math.cos(math.radians(degrees)), length * math.sin(math.radians(degrees))]


class VectorsContract:
    """What every backend does."""

    async def test_the_nearest_come_first(self, vectors: Vectors, session: Session) -> None:
        """The score is the cosine, whatever the lengths."""
        entries = [Entry("east", at(0, 9)), Entry("north", at(90, 0.1)), Entry("west", at(180))]
        await vectors.upsert(session, FLAT, entries)

        found = await vectors.nearest(session, FLAT, at(30, 5))

        assert [match.id for match in found] == ["east", "north", "west"]
        scores = [math.cos(math.radians(angle)) for angle in (30, 60, 150)]
        for match, score in zip(found, scores, strict=True):
            assert abs(match.score - score) < 1e-5, match

    async def test_equals_come_by_their_ids(self, vectors: Vectors, session: Session) -> None:
        """Of the same score the smaller id comes first."""
        await vectors.upsert(session, FLAT, [Entry(name, at(45)) for name in "cab"])

        found = await vectors.nearest(session, FLAT, at(0), 2)

        assert [match.id for match in found] == ["a", "b"]

    async def test_as_many_as_asked(self, vectors: Vectors, session: Session) -> None:
        """The best of many, across the parts in which they are read."""
        turn = [Entry(f"{number:04}", at(number / 10)) for number in range(2_500)]
        await vectors.upsert(session, FLAT, reversed(turn))

        found = await vectors.nearest(session, FLAT, at(210), 3)

        assert found[0].id == "2100"
        assert {match.id for match in found} == {"2099", "2100", "2101"}
        assert await vectors.count(session, FLAT) == 2_500

    async def test_a_least_score(self, vectors: Vectors, session: Session) -> None:
        """What scores less is left out."""
        entries = [Entry("near", at(10)), Entry("far", at(80))]
        await vectors.upsert(session, FLAT, entries)

        found = await vectors.nearest(session, FLAT, at(0), least=0.9)

        assert [match.id for match in found] == ["near"]

    async def test_tags_narrow(self, vectors: Vectors, session: Session) -> None:
        """Only what carries all the tags is found and counted."""
        entries = [
            Entry("a", at(0), {"shop": "ebay", "colour": "red"}),
            Entry("b", at(1), {"shop": "ebay", "colour": 'bl"ue'}),
            Entry("c", at(2), {"shop": "other"}),
            Entry("d", at(3)),
        ]
        await vectors.upsert(session, FLAT, entries)

        async def found(**tags: str) -> list[str]:
            matches = await vectors.nearest(session, FLAT, at(0), tags=tags)
            assert await vectors.count(session, FLAT, tags=tags) == len(matches)
            return [match.id for match in matches]

        assert await found(shop="ebay") == ["a", "b"]
        assert await found(shop="ebay", colour='bl"ue') == ["b"]
        assert await found(size="L") == []
        odd = {"a.b": "1", "0": "2", "a-b": "3", "_": "4"}
        await vectors.upsert(session, FLAT, [Entry("e", at(4), odd)])
        for name, tag in odd.items():
            assert await found(**{name: tag}) == ["e"], name
            assert await found(**{name: "other"}) == [], name
        assert await found() == ["a", "b", "c", "d", "e"]
        [first, *_] = await vectors.nearest(session, FLAT, at(0))
        assert first.tags == {"shop": "ebay", "colour": "red"}

    async def test_a_tag_that_cannot_be_looked_for(
        self, vectors: Vectors, session: Session
    ) -> None:
        """It is refused at the door, on every database."""
        for name in ('"', "", "a b", "$", "ä", "a" * 65):
            tags = {name: "x"}
            await _refused(vectors.upsert(session, FLAT, [Entry("a", at(0), tags)]), "of a tag")
            await _refused(vectors.nearest(session, FLAT, at(0), tags=tags), "of a tag")

    async def test_the_same_id_is_replaced(self, vectors: Vectors, session: Session) -> None:
        """Vector and tags; of one id twice in a call the last counts."""
        await vectors.upsert(session, FLAT, [Entry("a", at(0), {"old": "yes"})])
        await vectors.upsert(session, FLAT, [Entry("a", at(50)), Entry("a", at(90), {"n": "1"})])

        [match] = await vectors.nearest(session, FLAT, at(90))

        assert abs(match.score - 1) < 1e-5
        assert match.tags == {"n": "1"}

    async def test_spaces_never_meet(self, vectors: Vectors, session: Session) -> None:
        """Neither another model's nor other things' vectors are found, counted or deleted."""
        for space in (FLAT, OTHER_MODEL, OTHER_NAME):
            await vectors.upsert(session, space, [Entry("same", at(0), {"space": space.model})])

        assert await vectors.delete(session, FLAT, ["same"]) == 1
        assert await vectors.nearest(session, FLAT, at(0)) == []
        for space in (OTHER_MODEL, OTHER_NAME):
            assert await vectors.count(session, space) == 1
            assert await vectors.known(session, space, ["same"]) == {"same"}

    async def test_known_and_deleted(self, vectors: Vectors, session: Session) -> None:
        """Ids that are not there are no error."""
        ids = [str(number) for number in range(1_200)]
        await vectors.upsert(session, FLAT, [Entry(one, at(0)) for one in ids[::2]])

        assert await vectors.known(session, FLAT, ids) == set(ids[::2])
        assert await vectors.delete(session, FLAT, ids[:1_000]) == 500
        assert await vectors.count(session, FLAT) == 100
        assert await vectors.known(session, FLAT, []) == set()
        assert await vectors.delete(session, FLAT, []) == 0

    async def test_what_does_not_fit_is_refused(self, vectors: Vectors, session: Session) -> None:
        """And with it all that came along."""
        for wrong in ([1.0], [1.0, 2.0, 3.0], [0.0, 0.0], [math.nan, 1.0], [math.inf, 1.0]):
            entries = [Entry("a", at(0)), Entry("b", wrong)]
            await _refused(vectors.upsert(session, FLAT, entries), "'b' in 'points'")
        assert await vectors.count(session, FLAT) == 0

    async def test_a_search_has_to_fit_too(self, vectors: Vectors, session: Session) -> None:
        """A vector of another length is no search."""
        await _refused(vectors.nearest(session, FLAT, [1.0, 2.0, 3.0]), "(3,)")

    async def test_it_is_the_sessions_transaction(self, vectors: Vectors, session: Session) -> None:
        """What is rolled back was never there."""
        await vectors.upsert(session, FLAT, [Entry("a", at(0))])
        await session.commit()
        await vectors.upsert(session, FLAT, [Entry("b", at(0))])
        await vectors.delete(session, FLAT, ["a"])
        await session.rollback()

        assert await vectors.known(session, FLAT, ["a", "b"]) == {"a"}


async def _refused(call: Awaitable[object], said: str) -> None:
    message = ""
    try:
        await call
    except (InvalidTag, WrongVector) as refused:
        message = str(refused)
    assert said in message, message
