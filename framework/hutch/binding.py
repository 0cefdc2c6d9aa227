"""Bindings: which provider stands behind a token.

A *token* is what type hints name: a class, a Protocol, an ABC, or
``Annotated[T, Name("x")]`` where one type has several providers.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

from typing_extensions import TypeForm

from hutch.errors import InvalidDeclaration
from hutch.settings import Settings, load
from hutch.tokens import describe, token_of

T = TypeVar("T")


class Scope(Enum):
    """How long an object lives: for the app, or for one HTTP request or job."""

    APP = "app"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Value:
    """Recipe: this very object."""

    value: object


@dataclass(frozen=True, slots=True)
class Make:
    """Recipe: call a class or function with injected arguments."""

    factory: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Open:
    """Recipe: an async generator that yields once; what follows the yield closes."""

    generator: Callable[..., AsyncIterator[Any]]


@dataclass(frozen=True, slots=True)
class Alias:
    """Recipe: the object of another token."""

    token: Any


@dataclass(frozen=True, slots=True)
class Choice:
    """Recipe: an injected function names one of the options."""

    by: Callable[..., str]
    options: Mapping[str, Make | Open]


@dataclass(frozen=True, slots=True)
class Seed:
    """Recipe: the value that opens the scope itself, such as the HTTP request."""


Recipe = Value | Make | Open | Alias | Choice | Seed


@dataclass(frozen=True, slots=True, eq=False)
class Binding(Generic[T]):
    """A token, the recipe for its object, and how long the object lives."""

    token: Any
    recipe: Recipe
    scope: Scope = Scope.APP

    def per_request(self) -> Binding[T]:
        """Make one object for each HTTP request or job instead of one for the app.

        Raises:
            InvalidDeclaration: The recipe is a value, an alias or a choice.
        """
        if not isinstance(self.recipe, Make | Open):
            raise InvalidDeclaration(
                f"bind({describe(self.token)}): only to(...) and open(...) can be per_request()."
            )
        return replace(self, scope=Scope.REQUEST)


@dataclass(frozen=True, slots=True)
class Bind(Generic[T]):
    """The first half of a binding: the token, waiting for its provider."""

    token: Any

    def to(self, make: Callable[..., T], /) -> Binding[T]:
        """Provide the token by calling ``make``, a class or function, with injected arguments.

        Raises:
            InvalidDeclaration: ``make`` is async or no callable.
        """
        return Binding(self.token, Make(_plain(self.token, make)))

    def open(self, make: Callable[..., AsyncIterator[T]], /) -> Binding[T]:
        """Provide the token by an async generator function with exactly one ``yield``.

        It runs up to the yield when the app (or request) starts, and on when it ends.

        Raises:
            InvalidDeclaration: ``make`` is not an async generator function.
        """
        if not inspect.isasyncgenfunction(make):
            raise InvalidDeclaration(
                f"bind({describe(self.token)}).open({_name(make)}): it must be "
                "`async def` with one `yield`; use to(...) for a class or plain function."
            )
        return Binding(self.token, Open(make))

    def value(self, value: T, /) -> Binding[T]:
        """Provide the token by this very object."""
        return Binding(self.token, Value(value))

    def alias(self, token: TypeForm[T], /) -> Binding[T]:
        """Provide the token by the object that another token stands for."""
        return Binding(self.token, Alias(token_of(token)))

    def choose(
        self,
        by: Callable[..., str],
        /,
        **options: Callable[..., T] | Callable[..., AsyncIterator[T]],
    ) -> Binding[T]:
        """Provide the token by the option that ``by`` names, once, at start.

        Args:
            by: An injected function, e.g. one that reads a setting.
            options: A class, function or async generator function for each name. A
                class that the module sees a provider of is that provider's object.

        Raises:
            InvalidDeclaration: No option is given, or one is no callable.
        """
        if not options:
            raise InvalidDeclaration(f"bind({describe(self.token)}).choose(): no option given.")
        recipes = {name: _recipe(self.token, make) for name, make in options.items()}
        return Binding(self.token, Choice(by, MappingProxyType(recipes)))

    def seed(self) -> Binding[T]:
        """Provide the token, in a request or job, by the value that opened that scope."""
        return Binding(self.token, Seed(), Scope.REQUEST)


def bind(token: TypeForm[T], /) -> Bind[T]:
    """Begin a binding: ``bind(Mailer).to(SmtpMailer)``.

    Raises:
        InvalidDeclaration: ``token`` is no class, Protocol or ``Annotated[T, Name(...)]``.
    """
    return Bind(token_of(token))


def binding_of(provider: Binding[Any] | type[Any]) -> Binding[Any]:
    """Read an entry of ``Module.providers``: a binding, or a class that provides itself."""
    if isinstance(provider, Binding):
        return provider
    if isinstance(cast(object, provider), type):
        return Binding(provider, Make(_plain(provider, provider)))
    raise InvalidDeclaration(
        f"providers: {provider!r} is neither a class nor a binding; write bind(T).to(...)."
    )


def _recipe(token: Any, make: Callable[..., Any]) -> Make | Open:
    if inspect.isasyncgenfunction(make):
        return Open(make)
    return Make(_plain(token, make))


def _plain(token: Any, make: Callable[..., T]) -> Callable[..., T]:
    if not callable(make):
        raise InvalidDeclaration(
            f"bind({describe(token)}).to({make!r}): not callable; use value(...) for an object."
        )
    if inspect.iscoroutinefunction(make) or inspect.isasyncgenfunction(make):
        raise InvalidDeclaration(
            f"bind({describe(token)}).to({_name(make)}): it is async; use open(...) with "
            "one `yield`, so that nothing awaitable is ever injected."
        )
    return _reading(make) or make


def _reading(make: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return what reads a settings class from the environment, None for anything else."""
    if not (isinstance(make, type) and issubclass(make, Settings)):
        return None
    settings = make

    def read() -> Any:
        return load(settings)

    return read


def _name(make: object) -> str:
    return getattr(make, "__name__", repr(make))
