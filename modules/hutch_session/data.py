"""Data: a session's data as JSON, and the changes of two writers made one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import JsonValue
from pydantic_core import from_json

from hutch_session.errors import InvalidSession, SessionConflict

Data = dict[str, JsonValue]

_SHOWN = 5
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(data: Mapping[str, JsonValue]) -> bytes:
    """Write data as JSON.

    Raises:
        InvalidSession: It holds what JSON cannot.
    """
    try:
        return _ENCODER.encode(data).encode()
    except (TypeError, ValueError, RecursionError):
        # The cause may quote the value.
        raise InvalidSession(
            f"session data {_culprit(data)}: it is no JSON. Keep text, numbers, booleans, None, "
            "lists and dictionaries with text as keys; write a time as text."
        ) from None


def decode(text: bytes) -> Data:
    """Read data from JSON.

    Raises:
        ValueError: It is no JSON, or nested more deeply than 200 levels.
    """
    return cast("Data", from_json(text))


def copied(data: Mapping[str, JsonValue]) -> Data:
    """Return data as it will be read again; of the given one nothing is shared.

    Raises:
        InvalidSession: It holds what JSON cannot, or is nested too deeply.
    """
    text = encode(data)
    try:
        return decode(text)
    except ValueError:
        # The cause quotes the text.
        raise InvalidSession(
            "session data: it is nested too deeply, at most 200 levels can be read again."
        ) from None


def merge(base: Data, mine: Data, theirs: Data) -> Data:
    """Apply my changes since ``base`` to what others have written since.

    Raises:
        SessionConflict: Both changed the same value in different ways.
    """
    clashes = [name for name, *values in _triples(base, mine, theirs) if _clash(*values)]
    if clashes:
        names = ", ".join(map(repr, clashes[:_SHOWN]))
        raise SessionConflict(
            f"session data {names}: another request has changed the same value meanwhile, and "
            "nothing is written. Load the session again and repeat the change."
        )
    return _merged(base, mine, theirs)


class _Missing:
    """Stands for a name that is not there."""


_MISSING = _Missing()
_Part = JsonValue | _Missing


def _merged(base: Data, mine: Data, theirs: Data) -> Data:
    merged = {name: _one(*values) for name, *values in _triples(base, mine, theirs)}
    return {name: value for name, value in merged.items() if not isinstance(value, _Missing)}


def _triples(base: Data, mine: Data, theirs: Data) -> Iterator[tuple[str, _Part, _Part, _Part]]:
    for name in {**theirs, **mine, **base}:
        yield name, base.get(name, _MISSING), mine.get(name, _MISSING), theirs.get(name, _MISSING)


def _one(base: _Part, mine: _Part, theirs: _Part) -> _Part:
    if _same(mine, base):
        return theirs
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return _merged(base if isinstance(base, dict) else {}, mine, theirs)
    return mine


def _clash(base: _Part, mine: _Part, theirs: _Part) -> bool:
    if _same(mine, base) or _same(theirs, base) or _same(mine, theirs):
        return False
    if isinstance(mine, dict) and isinstance(theirs, dict):
        before = base if isinstance(base, dict) else {}
        return any(_clash(*values) for _, *values in _triples(before, mine, theirs))
    return True


def _same(one: _Part, other: _Part) -> bool:
    if isinstance(one, _Missing) or isinstance(other, _Missing):
        return one is other
    # Not ==, to which 1, 1.0 and True are one.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _culprit(data: Mapping[str, object]) -> str:
    for name, value in data.items():
        try:
            _ENCODER.encode({name: value}).encode()
        except (TypeError, ValueError, RecursionError):
            return f"{name!r} ({type(value).__name__})"
    return f"({type(data).__name__})"
