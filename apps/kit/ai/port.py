"""What an app needs of a model: a text for a task, a vector for a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Protocol

from kit.vectors.vector import Vector


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of text that an app wants written; one value per kind.

    Attributes:
        name: For logs.
        instructions: What a model is told.
        templates: What stands in for a model: texts with ``$fact`` where facts go.
        most_tokens: How long a model's text may be.
    """

    name: str
    instructions: str = field(repr=False)
    templates: tuple[str, ...] = field(repr=False)
    most_tokens: int = 400

    def __post_init__(self) -> None:
        if not self.templates:
            raise ValueError(f"Task {self.name!r} needs a template, for when there is no model.")
        if not all(Template(template).is_valid() for template in self.templates):
            raise ValueError(f"Task {self.name!r} has a $ that begins no fact: write $$ for a $.")


@dataclass(frozen=True, slots=True)
class Written:
    """A text.

    Attributes:
        model: What wrote it.
        complete: Whether it came to its end; False if ``most_tokens`` cut it.
        tokens: How many it cost, question and answer; 0 without a model.
    """

    text: str = field(repr=False)
    model: str
    complete: bool = True
    tokens: int = 0


class Writer(Protocol):
    """Writes texts. What goes in and comes out stands in no log."""

    async def write(self, task: Task, facts: Mapping[str, str]) -> Written:
        """Write a text from facts. Two calls may give two texts.

        Raises:
            TooLong: The facts do not fit into the model.
            Refused: The model, or a filter before it, declines.
            RetryAfter: A rate limit; call again at ``at``.
            RetryBackoff: The model is not reached, does not answer or fails inside.
            PauseAccount: The quota is used up.
            Misconfigured: The key or the model's name is wrong in the settings.
            FailPermanent: The call will not be accepted.
        """
        ...


class Embedder(Protocol):
    """Makes vectors of texts: near ones for texts that are alike.

    Vectors of two models never meet: keep ``model`` beside each vector.
    """

    @property
    def model(self) -> str:
        """The model's id."""
        ...

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Make a vector of length 1 for each text, in their order; all or none.

        Raises:
            FailPermanent: A text is empty, or the vectors are not of this model's length.
            PlatformError: As ``Writer.write``.
        """
        ...
