"""Modules: frozen values that say what is provided, needed, exported and contributed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from typing_extensions import TypeForm

from hutch.binding import Binding
from hutch.contributions import Contribution
from hutch.errors import InvalidDeclaration


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A part of an application.

    The same value imported twice is one module; a function that returns a
    module is a *dynamic module*. Sequences are kept as tuples, so a module can
    only import modules made before it and import cycles cannot be written.

    Args:
        name: Stands in messages, logs and drawings.
        imports: Modules whose exports this one sees.
        providers: Classes and bindings, visible inside this module.
        controllers: Classes marked with ``@controller``, served over HTTP.
        exports: Tokens that importers see; a module among them re-exports its exports.
        contributions: Health checks, commands, mounts, services, migrations and so on.
        interceptors: Tokens of interceptors around every handler and job of this module.
        is_global: Every module sees the exports without importing. Use it rarely.
    """

    name: str
    imports: Sequence[Module] = ()
    providers: Sequence[Binding[Any] | type[Any]] = ()
    controllers: Sequence[type[Any]] = ()
    exports: Sequence[TypeForm[Any] | Module] = ()
    contributions: Sequence[Contribution] = ()
    interceptors: Sequence[TypeForm[Any]] = field(default=(), kw_only=True)
    is_global: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Freeze the sequences.

        Raises:
            InvalidDeclaration: The name is empty, an import is no module, or a contribution none.
        """
        if not self.name:
            raise InvalidDeclaration("Module(''): a module needs a name.")
        for part in ("imports", "providers", "controllers", "exports", "contributions"):
            object.__setattr__(self, part, tuple(getattr(self, part)))
        object.__setattr__(self, "interceptors", tuple(self.interceptors))
        for imported in self.imports:
            if not isinstance(imported, Module):
                raise InvalidDeclaration(
                    f"{self.name} imports {imported!r}, which is no Module; "
                    "did you forget to call the function that makes it?"
                )
        for contribution in self.contributions:
            if not isinstance(cast(object, contribution), Contribution):
                raise InvalidDeclaration(
                    f"{self.name} contributes {contribution!r}, which is no contribution; wrap it "
                    "in one of hutch.contributions, such as Service(name, function)."
                )

    def __repr__(self) -> str:
        return f"Module({self.name!r})"
