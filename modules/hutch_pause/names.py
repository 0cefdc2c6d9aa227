"""Names: subjects, and the keys made of them; the pause of all has a builder of its own."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from hutch_pause.errors import InvalidPause
from hutch_pause.settings import PauseSettings

SUBJECT = "{subject}"
ALL = "ALL"
"""What events call the pause of all; no subject can be called that."""


@dataclass(frozen=True, slots=True)
class Names:
    """The parts of the keys, as templates say.

    Raises:
        InvalidPause: A template lacks ``{subject}``, or has it where none can be.
    """

    settings: PauseSettings
    reserved: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        named = {name: getattr(self.settings, name) for name in ("subject_key", "counter_key")}
        for name, template in named.items():
            parts = template.split(":")
            if parts.count(SUBJECT) != 1 or template.count("{") != 1 or "" in parts:
                raise InvalidPause(
                    f"{name}={template!r}: one of its parts must be {{subject}}, and none empty."
                )
        if "{" in self.settings.all_key or "" in self.settings.all_key.split(":"):
            raise InvalidPause(
                f"all_key={self.settings.all_key!r}: it has no subject or empty part."
            )
        if named["subject_key"].casefold() == named["counter_key"].casefold():
            raise InvalidPause("subject_key and counter_key are the same; give each its own.")
        object.__setattr__(self, "reserved", frozenset(self._reserved(named.values())))

    def all(self) -> tuple[str, ...]:
        """Return the parts of the key of the pause of all."""
        return tuple(self.settings.all_key.split(":"))

    def subject(self, subject: str) -> tuple[str, ...]:
        """Return the parts of the key of a subject's pause."""
        return _fill(self.settings.subject_key, subject)

    def counter(self, subject: str) -> tuple[str, ...]:
        """Return the parts of the key under which the gate counts a subject."""
        return _fill(self.settings.counter_key, subject)

    def check(self, subject: str) -> None:
        """Refuse what cannot be a subject.

        Raises:
            InvalidPause: It is empty, has a ``:`` or a control character, or is the name of the
                pause of all, in whatever letters.
        """
        if not isinstance(subject, str) or not subject or ":" in subject or _has_control(subject):
            raise InvalidPause(
                f"subject {_shown(subject)}: use a text without ':' and control characters."
            )
        if subject.casefold() in self.reserved:
            raise InvalidPause(
                f"subject {_shown(subject)}: that would be the pause of all; use pause_all()."
            )

    def _reserved(self, templates: object) -> set[str]:
        """Find which subjects would have the key of the pause of all."""
        reserved = {ALL.casefold()}
        of_all = self.all()
        for template in (self.settings.subject_key, self.settings.counter_key):
            parts = template.split(":")
            if len(parts) != len(of_all):
                continue
            place = parts.index(SUBJECT)
            if _fill(template, of_all[place]) == of_all:
                reserved.add(of_all[place].casefold())
        return reserved


def _fill(template: str, subject: str) -> tuple[str, ...]:
    return tuple([subject if part == SUBJECT else part for part in template.split(":")])


def _has_control(text: str) -> bool:
    return any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


def _shown(subject: object) -> str:
    return repr(subject if not isinstance(subject, str) else subject[:40])
