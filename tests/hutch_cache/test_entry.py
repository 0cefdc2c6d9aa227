"""Entries, their keys and tags."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hutch_cache import CacheSettings, Entries, Entry, InvalidEntry, UnknownEntry
from hutch_cache.template import Template
from hutch_redis import Keys

WORD = st.from_regex(r"[A-Za-z0-9_.@=+-]{1,5}", fullmatch=True)
FIELD = st.from_regex(r"\{[a-z]{1,3}\}", fullmatch=True)
PARTS = st.lists(WORD | FIELD, min_size=1, max_size=5, unique=True)
ID = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=9)


def refused(*words: Any, **options: Any) -> str:
    with pytest.raises(InvalidEntry) as raised:
        Entry(*words, **{"ttl": "1h", **options})
    return str(raised.value)


def test_the_key_has_the_name_and_the_id() -> None:
    assert str(Entry("brand", str, ttl="1h").key("clx456def")) == "cache:brand:clx456def"
    assert Entry("brand", str, ttl="1h").key(7).parts == ("cache", "brand", "7")
    id = UUID(int=1)
    assert Entry("brand", str, ttl="1h", version=3).key(id).parts == (
        "cache",
        "brand",
        str(id),
        "v3",
    )


def test_a_template_of_its_own() -> None:
    price = Entry("price", int, ttl="1h", at="prices:{shop}:of:{article}", tags=("shop:{shop}",))
    key = price.key("a:b", 7)
    assert key.parts == ("prices", "a:b", "of", "7")
    assert key.tags == ("shop:a:b",)
    tags = ("all", "{article}:{shop}")
    assert Entry("p", int, ttl="1h", at="p:{shop}:{article}", tags=tags).key(1, 2).tags == (
        "all",
        "2:1",
    )
    assert Entry("recent", list[int], ttl="1h", at="tweets:recent").key().parts == (
        "tweets",
        "recent",
    )


def test_keys_are_equal_by_entry_and_parts() -> None:
    one, other = Entry("brand", str, ttl="1h"), Entry("brand", str, ttl="1h")
    assert one.key("a") == one.key("a")
    assert hash(one.key("a")) == hash(one.key("a"))
    assert one.key("a") != other.key("a")
    assert one.key("a") != one.key("b")


def test_wrong_ids_are_refused() -> None:
    brand = Entry("brand", str, ttl="1h")
    wrong: list[tuple[tuple[Any, ...], str]] = [
        ((), "brand.key(): 0 given, but the key 'cache:brand:{id}' has 1 field(s)."),
        ((1, 2), "brand.key(): 2 given, but the key 'cache:brand:{id}' has 1 field(s)."),
        ((None,), "brand.key(): id is a NoneType; give a str, int or UUID."),
        ((True,), "brand.key(): id is a bool; give a str, int or UUID."),
        (([],), "brand.key(): id is a list; give a str, int or UUID."),
        ((b"x",), "brand.key(): id is a bytes; give a str, int or UUID."),
    ]
    assert brand.key(1).parts == ("cache", "brand", "1")
    for ids, message in wrong:
        with pytest.raises(InvalidEntry) as raised:
            brand.key(*ids)
        assert str(raised.value) == message


def test_wrong_entries_are_refused() -> None:
    assert "a name has 1 to 100 of A-Z a-z 0-9 _ . -" in refused("a:b", str)
    assert refused("a", str, at="{id}") == (
        "Entry('a', at=...): begin '{id}' with a word, but none of cache-claim, cache-counts, "
        "cache-tag."
    )
    assert "but none of" in refused("a", str, at="cache-tag:{id}")
    assert refused("a", str, at="x:user-{id}") == (
        "'x:user-{id}': the part 'user-{id}' is neither a {field} nor a word of A-Z a-z 0-9 _ . "
        "@ = + -, e.g. 'cache:account:{id}:valid'."
    )
    assert "the part ''" in refused("a", str, at="x::y")
    assert refused("a", str, at="x:{id}:{id}").endswith("stands twice; give each its own name.")
    assert refused("a", str, version=0) == "Entry('a', version=...): 0 is below 1."
    assert refused("a", str, tags="all") == "Entry('a', tags=...): write a tuple: ('all',)."
    assert refused("a", str, tags=("b:{user}",)) == (
        "Entry('a', tags=...): 'b:{user}' has 'user', which 'cache:a:{id}' has not."
    )
    assert refused("a", str, ttl=None, stale="1h").endswith("never stale; give it a ttl.")
    assert refused("a", str, negative="1h") == (
        "Entry('a', negative=...): its type has no None; write `Entry(..., X | None)`."
    )


def entries(*found: Entry[Any], **settings: Any) -> Entries:
    return Entries(found, CacheSettings.model_validate(settings))


def test_entries_that_could_share_a_key_are_refused() -> None:
    one = Entry("one", str, ttl="1h", at="cache:a:{x}", version=2)
    other = Entry("other", str, ttl="1h", at="cache:a:{x}:{y}")
    with pytest.raises(InvalidEntry) as raised:
        entries(one, other)
    assert str(raised.value) == (
        "the entries 'one' (cache:a:{x}:v2) and 'other' (cache:a:{x}:{y}) could have the same "
        "key; change one `at`."
    )
    with pytest.raises(InvalidEntry, match=r"two entries have the name 'one'; give each its own"):
        entries(one, Entry("one", str, ttl="1h"))
    assert entries(one, one).names() == ["one"]


def at(name: str, template: str, version: int | None = None) -> Entry[str]:
    return Entry(name, str, ttl="1h", at=template, version=version)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (at("a", "y:{id}"), at("b", "y:{id}:{sub}")),
        (at("a", "y:{id}"), at("b", "y:{id}:v0")),
        (at("a", "y:{id}"), at("b", "y:{id}", 2)),
        (at("a", "y:{id}", 1), at("b", "y:{id}", 2)),
        (at("a", "y:{id}:{sub}", 2), at("b", "y:{id}", 3)),
    ],
)
def test_entries_of_which_one_would_clear_the_others_keys_are_refused(
    one: Entry[str], other: Entry[str]
) -> None:
    for both in ((one, other), (other, one)):
        with pytest.raises(InvalidEntry) as raised:
            entries(*both)
        first, second = both if both[0].meets(both[1]) else both[::-1]
        assert str(raised.value) == (
            f"another version of the entry {first.name!r} ({first.template.text}) could have a key "
            f"of {second.name!r} ({second.template.text}), and `clear` would remove it; "
            "change one `at`."
        )


def test_entries_that_never_meet_are_none_the_worse() -> None:
    found = (
        at("a", "y:{id}"),
        at("b", "y:{id}:valid"),
        at("c", "y:{id}:valid:{x}:v"),
        at("d", "z:v1"),
    )
    assert entries(*found).names() == ["a", "b", "c", "d"]


@settings(deadline=None)
@given(PARTS, PARTS, st.none() | st.integers(1, 3), st.none() | st.integers(1, 3), st.data())
def test_an_entry_owns_no_key_of_one_that_it_does_not_meet(
    one: list[str], other: list[str], mine: int | None, theirs: int | None, data: st.DataObject
) -> None:
    first, second = (
        at(name, ":".join(("w", *parts)), version)
        for name, parts, version in (("a", one, mine), ("b", other, theirs))
    )
    size = len(second.template.fields)
    key = second.template.fill(
        data.draw(st.lists(ID | st.just("v2"), min_size=size, max_size=size))
    )
    assert not first.owns(key) or first.meets(second)
    assert first.meets(first)


def test_a_setting_for_no_entry_is_refused() -> None:
    with pytest.raises(InvalidEntry) as raised:
        entries(Entry("products", str, ttl="1h"), ttls={"product": "1h"})
    assert str(raised.value) == (
        "HUTCH_CACHE__TTLS: no entry is called 'product'; declared: products. "
        "Did you mean 'products'?"
    )
    with pytest.raises(UnknownEntry, match=r"no entry is called 'x'; declared: none\."):
        entries().named("x")


@settings(deadline=None)
@given(PARTS, st.data())
def test_a_template_matches_what_it_is_filled_with(parts: list[str], data: st.DataObject) -> None:
    template = Template(":".join(parts))
    ids = data.draw(st.lists(ID, min_size=len(template.fields), max_size=len(template.fields)))
    filled = template.fill(ids)
    assert template.matches(filled)
    assert filled[: len(template.first)] == template.first
    assert not template.matches((*filled, "x"))
    assert template.meets(template)


@settings(deadline=None)
@given(PARTS, PARTS, st.data())
def test_templates_that_do_not_meet_are_never_filled_alike(
    one: list[str], other: list[str], data: st.DataObject
) -> None:
    mine, theirs = Template(":".join(one)), Template(":".join(other))
    size = len(mine.fields)
    filled = mine.fill(data.draw(st.lists(ID, min_size=size, max_size=size)))
    assert mine.meets(theirs) == theirs.meets(mine)
    if not mine.meets(theirs):
        assert not theirs.matches(filled)


@settings(deadline=None)
@given(ID, ID)
def test_different_ids_have_different_keys(one: str, other: str) -> None:
    key, entry = Keys("app:").key, Entry("a", str, ttl="1h")
    same = key(*entry.key(one).parts) == key(*entry.key(other).parts)
    assert same == (one == other)
