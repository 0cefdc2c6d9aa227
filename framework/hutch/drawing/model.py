"""What a drawing shows: plain data, so that renderers know nothing of the graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["object", "value", "settings", "resource", "choice", "alias", "seed"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A provider somebody needs.

    Attributes:
        name: The token.
        box: The id of its module; ``hutch`` for what the framework provides.
    """

    name: str
    box: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of a module.

    Attributes:
        per_request: Whether it lives for one request or job instead of for the app.
        options: The names of a choice's backends.
        chosen: The one taken here; None where the settings do not tell.
    """

    name: str
    kind: Kind
    per_request: bool
    exported: bool
    needs: tuple[Reference, ...]
    options: tuple[str, ...] = ()
    chosen: str | None = None

    @property
    def words(self) -> list[str]:
        """What there is to say of it beside its name."""
        said: list[str] = [self.kind]
        if self.per_request:
            said.append("per request")
        if self.exported:
            said.append("exported")
        return said


@dataclass(frozen=True, slots=True)
class Handler:
    """A method that requests or jobs call.

    Attributes:
        needs: What is made for each call.
        verb: ``GET`` and so on; empty for a job.
        path: The whole path; empty for a job.
    """

    name: str
    summary: str
    needs: tuple[Reference, ...]
    verb: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Driven:
    """A controller or processor with its handlers.

    Attributes:
        title: What drives it, as ``processor emails``; empty for a controller.
        needs: What its one object and all its handlers share.
    """

    name: str
    title: str
    handlers: tuple[Handler, ...]
    needs: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A contribution: its kind in one word, its name and what it needs."""

    kind: str
    name: str
    needs: tuple[Reference, ...] = ()

    @property
    def label(self) -> str:
        """Its kind and name."""
        return f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Box:
    """A module.

    Attributes:
        id: Tells modules of one name apart.
        imports: Ids of the modules it imports.
        through: Ids of global modules it uses without importing them.
        passed_on: Names it exports for modules that it imports.
    """

    id: str
    name: str
    is_root: bool
    is_global: bool
    imports: tuple[str, ...]
    through: tuple[str, ...]
    passed_on: tuple[str, ...]
    providers: tuple[Provider, ...]
    controllers: tuple[Driven, ...]
    processors: tuple[Driven, ...]
    parts: tuple[Part, ...]

    def needs(self) -> Iterator[tuple[str, Reference]]:
        """List who in this module needs what."""
        users: list[Provider | Driven | Part] = [
            *self.providers,
            *self.controllers,
            *self.processors,
            *self.parts,
        ]
        for user in users:
            name = user.label if isinstance(user, Part) else user.name
            for need in user.needs:
                yield name, need
        for driven in (*self.controllers, *self.processors):
            for handler in driven.handlers:
                for need in handler.needs:
                    yield f"{driven.name}.{handler.name}", need


@dataclass(frozen=True, slots=True)
class Drawing:
    """An application: its modules, the root first and each before those it imports."""

    name: str
    boxes: tuple[Box, ...]

    def users_of(self, wanted: Reference) -> list[Reference]:
        """List who needs a provider."""
        return [
            Reference(user, box.id)
            for box in self.boxes
            for user, need in box.needs()
            if need == wanted
        ]

    def used(self, by: Box, of: str) -> list[str]:
        """List the names that a module uses of another."""
        return sorted({need.name for _, need in by.needs() if need.box == of})
