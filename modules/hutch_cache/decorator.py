"""``@cached``: a method whose results are kept."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, cast, overload

from hutch_cache.entry import Entry, Key
from hutch_cache.errors import InvalidEntry
from hutch_cache.hashing import hash_of
from hutch_cache.port import Cache

P = ParamSpec("P")
T = TypeVar("T")


class HasCache(Protocol):
    """An object with a cache."""

    @property
    def cache(self) -> Cache:
        """Where its methods keep their results."""
        ...


S = TypeVar("S", bound=HasCache)


class BoundCached(Generic[P, T]):
    """A cached method of one object."""

    def __init__(self, method: CachedMethod[Any, P, T], owner: HasCache) -> None:
        self._method = method
        self._owner = owner

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the kept result for these arguments, or call the method and keep what it says."""
        call = functools.partial(self._method.function, self._owner, *args, **kwargs)
        return await self._owner.cache.get_or_load(self.key(*args, **kwargs), call)

    def key(self, *args: P.args, **kwargs: P.kwargs) -> Key[T]:
        """Return the key of the result for these arguments, e.g. to delete it."""
        return self._method.key_of(self._owner, *args, **kwargs)


class CachedMethod(Generic[S, P, T]):
    """A method whose results are kept; made by ``@cached(entry)``."""

    def __init__(
        self, entry: Entry[T], function: Callable[Concatenate[S, P], Awaitable[T]]
    ) -> None:
        functools.update_wrapper(cast(Any, self), function)
        self.function = function
        self._entry = entry
        self._signature = inspect.signature(function)
        self._hashed = entry.template.fields == ("hash",)
        _check(entry, function, self._signature, hashed=self._hashed)

    @overload
    def __get__(self, owner: None, cls: type[Any]) -> CachedMethod[S, P, T]: ...

    @overload
    def __get__(self, owner: S, cls: type[Any]) -> BoundCached[P, T]: ...

    def __get__(self, owner: S | None, cls: type[Any]) -> Any:
        """Bind it to an object."""
        return self if owner is None else BoundCached(self, owner)

    def key_of(self, owner: S, /, *args: P.args, **kwargs: P.kwargs) -> Key[T]:
        """Make the key for these arguments; left-out ones count with their defaults."""
        bound = self._signature.bind(owner, *args, **kwargs)
        bound.apply_defaults()
        _, *values = bound.arguments.values()
        return self._entry.key(hash_of(values)) if self._hashed else self._entry.key(*values)


def cached(
    entry: Entry[T],
) -> Callable[[Callable[Concatenate[S, P], Awaitable[T]]], CachedMethod[S, P, T]]:
    """Keep the results of an async method of a class that has a ``cache: Cache``.

    Where the entry's template has the one field ``{hash}``, the key has the hash of all
    arguments. Otherwise each argument fills one field, in their order.

    Args:
        entry: What is kept, for how long, under which keys.

    Raises:
        InvalidEntry: The method is not async, or its parameters do not fill the template.
    """

    def decorate(function: Callable[Concatenate[S, P], Awaitable[T]]) -> CachedMethod[S, P, T]:
        return CachedMethod(entry, function)

    return decorate


def _check(
    entry: Entry[Any], function: Callable[..., Any], signature: inspect.Signature, *, hashed: bool
) -> None:
    name = f"@cached({entry.name}) on {function.__qualname__}"
    if not inspect.iscoroutinefunction(function):
        raise InvalidEntry(f"{name}: it must be `async def`.")
    _, *parameters = signature.parameters.values()
    kinds = {parameter.kind for parameter in parameters}
    fields, text = entry.template.fields, entry.template.text
    if hashed:
        return
    if kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        raise InvalidEntry(f"{name}: *args and **kwargs need a key of `{{hash}}`, not {text!r}.")
    if len(parameters) != len(fields):
        raise InvalidEntry(
            f"{name}: it has {len(parameters)} parameter(s) beside self, but {text!r} has "
            f"{len(fields)} field(s); let each parameter be one, or use the field {{hash}}."
        )
