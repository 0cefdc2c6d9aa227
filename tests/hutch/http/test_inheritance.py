"""Controllers that share handlers, and handlers that are not called what their function is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hutch import Module
from hutch.http import Forbidden, controller, get, guard
from hutch.interceptors import Invocation, Proceed, intercept
from hutch.testing import testing as started


class Nobody:
    async def __call__(self, connection: object, /) -> None:
        raise Forbidden


class Doubled:
    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        return await proceed() * 2


@controller("/plain")
class Plain:
    @get("/one")
    async def one(self) -> int:
        return 1


@intercept(Doubled)
@controller("/double")
class Double(Plain):
    @get("/two")
    async def two(self) -> int:
        return 2


@pytest.mark.parametrize("controllers", [[Plain, Double], [Double, Plain]])
async def test_a_controller_and_its_base_are_served_side_by_side(controllers: list[type]) -> None:
    async with started(Module("m", controllers=controllers)) as t:
        assert (await t.client.get("/plain/one")).json() == 1
        assert (await t.client.get("/double/one")).json() == 2
        assert (await t.client.get("/double/two")).json() == 4


@guard(Nobody)
@intercept(Doubled)
class Protected:
    @get("/one")
    async def one(self) -> int:
        return 1


@controller("/inherited")
class Inheriting(Protected):
    @get("/two")
    async def two(self) -> int:
        return 2


@intercept(Doubled)
@controller("/again")
class Again(Plain): ...


@controller("/last")
class Last(Again): ...


async def test_a_guard_of_the_base_class_guards_the_subclass() -> None:
    async with started(Module("m", controllers=[Inheriting])) as t:
        assert (await t.client.get("/inherited/one")).status_code == 403
        assert (await t.client.get("/inherited/two")).status_code == 403


async def test_interceptors_are_inherited_once() -> None:
    async with started(Module("m", controllers=[intercept(Doubled)(Last)])) as t:
        assert (await t.client.get("/last/one")).json() == 2


def renaming(method: Callable[[Any], Awaitable[int]]) -> Callable[[Any], Awaitable[int]]:
    async def wrapper(self: Any) -> int:
        return await method(self) + 1

    return wrapper


@controller("/renamed")
class Renamed:
    @get("/one")
    @renaming
    async def one(self) -> int:
        return 1

    @get("/two")
    @renaming
    async def two(self) -> int:
        return 2


async def test_a_handler_is_found_by_its_own_name() -> None:
    async with started(Module("m", controllers=[Renamed])) as t:
        assert (await t.client.get("/renamed/one")).json() == 2
        assert (await t.client.get("/renamed/two")).json() == 3
