"""Records: what stands under the key of work that is done once.

``pending:TOKEN:MARK`` while it is under way, ``done:MARK:JSON`` afterwards. The mark is the
fingerprint's hash, or ``-``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hutch_lock.errors import ResultNotKept

NO_MARK = "-"


@dataclass(frozen=True, slots=True)
class Record:
    """A value that was found.

    Attributes:
        done: Whether the work is done.
        mark: The fingerprint's; None in a value that somebody else wrote.
        result: As JSON; empty where it is not known.
    """

    done: bool
    mark: str | None
    result: str = ""

    def is_other(self, mark: str) -> bool:
        """Tell whether it stands for other input."""
        return self.mark not in (None, mark)


def mark_of(fingerprint: str | bytes | None) -> str:
    """Hash a fingerprint, so that no content stands in Redis."""
    if fingerprint is None:
        return NO_MARK
    data = fingerprint.encode() if isinstance(fingerprint, str) else fingerprint
    return hashlib.sha256(data).hexdigest()[:32]


def pending(token: str, mark: str) -> str:
    """Write the value of work that is under way."""
    return f"pending:{token}:{mark}"


def done(mark: str, result: str) -> str:
    """Write the value of work that is done."""
    return f"done:{mark}:{result}"


def read(value: str) -> Record:
    """Read a value; one of another form means done: it was there."""
    kind, _, rest = value.partition(":")
    first, colon, last = rest.partition(":")
    if kind == "pending" and colon:
        return Record(done=False, mark=last)
    if kind == "done" and colon:
        return Record(done=True, mark=first, result=last)
    return Record(done=True, mark=None)


class Results:
    """Writes results as JSON and reads them back.

    Args:
        returns: Their type; None where they are plain JSON.
    """

    def __init__(self, returns: Any) -> None:
        self._adapter: TypeAdapter[Any] | None = None if returns is None else TypeAdapter(returns)

    def write(self, key: str, result: Any) -> str:
        """Write a result.

        Raises:
            ResultNotKept: It is not of the type, or no JSON.
        """
        try:
            if self._adapter:
                return self._adapter.dump_json(result, warnings="error").decode()
            return json.dumps(result, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise ResultNotKept(
                f"{key}: the work is done and will not be repeated, but its result, a "
                f"{type(result).__name__}, cannot be stored; return JSON, or give returns=."
            ) from error

    def read(self, key: str, text: str) -> Any:
        """Read a result.

        Raises:
            ResultNotKept: It is not known, or of another type.
        """
        if not text:
            raise ResultNotKept(f"{key}: the work is done, but its result could not be stored.")
        try:
            return self._adapter.validate_json(text) if self._adapter else json.loads(text)
        except ValidationError:
            # The error would show the stored value.
            raise ResultNotKept(
                f"{key}: the work is done, but its result is of another type than returns=; "
                "use another key for work that returns something else."
            ) from None
