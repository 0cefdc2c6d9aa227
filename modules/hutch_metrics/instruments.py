"""Instruments: what is measured, declared once, at the top of a file."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from hutch_metrics.errors import InvalidInstrument

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Buckets for durations."""

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")

help_texts: dict[str, str] = {}
"""What each name means. One for the process: a name means the same in all its apps."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Something that only rises, e.g. ``Counter("bot_posts_total", "Posts sent.")``.

    Args:
        name: Ends in ``_total``.
        help: One sentence.
        labels: What tells its series apart; values must be few.

    Raises:
        InvalidInstrument: A name cannot be used, or means something else already.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self.name, self.labels)
        if not self.name.endswith("_total"):
            raise InvalidInstrument(f"counter {self.name!r}: end its name in _total.")
        _explain(self.name, self.help)


@dataclass(frozen=True, slots=True)
class Gauge:
    """Something that rises and falls.

    Args:
        name: Does not end in ``_total``.
        help: One sentence.
        labels: What tells its series apart; values must be few.

    Raises:
        InvalidInstrument: A name cannot be used, or means something else already.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self.name, self.labels)
        if self.name.endswith("_total"):
            raise InvalidInstrument(f"gauge {self.name!r}: only counters end in _total.")
        _explain(self.name, self.help)


@dataclass(frozen=True, slots=True)
class Histogram:
    """How something is spread, such as durations.

    Args:
        name: Of the unit's kind, e.g. ``bot_post_seconds``.
        help: One sentence.
        labels: What tells its series apart; values must be few.
        buckets: Upper bounds, rising; the one without a bound comes by itself.

    Raises:
        InvalidInstrument: A name cannot be used, or the buckets do not rise.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = SECONDS

    def __post_init__(self) -> None:
        _check(self.name, self.labels)
        if "le" in self.labels:
            raise InvalidInstrument(f"histogram {self.name!r}: the label 'le' is its bounds'.")
        if not self.buckets or any(not math.isfinite(bound) for bound in self.buckets):
            raise InvalidInstrument(f"histogram {self.name!r}: give at least one finite bound.")
        if list(self.buckets) != sorted(set(self.buckets)):
            raise InvalidInstrument(f"histogram {self.name!r}: its buckets must rise.")
        for part in ("bucket", "sum", "count"):
            _explain(f"{self.name}_{part}", self.help)


Instrument = Counter | Gauge | Histogram


def _check(name: str, labels: tuple[str, ...]) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidInstrument(f"instrument {name!r}: use A-Z a-z 0-9 _ : and no digit first.")
    wrong = [label for label in labels if not _LABEL.fullmatch(label)]
    if wrong or len(set(labels)) < len(labels):
        raise InvalidInstrument(
            f"instrument {name!r}: labels {', '.join(labels)}: each once, of A-Z a-z 0-9 _, "
            "with no digit and no __ first."
        )


def _explain(name: str, text: str) -> None:
    if help_texts.setdefault(name, text) != text:
        raise InvalidInstrument(
            f"instrument {name!r} is declared twice, and means different things; rename one."
        )
