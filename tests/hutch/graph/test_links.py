"""Who sees what: overrides and re-exports, where the first reading is not the right one."""

import pytest

from hutch import App, Module, bind
from hutch.errors import AmbiguousProvider
from hutch.http import controller, get, guard
from hutch.interceptors import Invocation, Proceed, intercept
from hutch.testing import testing


class Mailer: ...


class Smtp(Mailer): ...


class Console(Mailer): ...


class Locked:
    async def __call__(self, connection: object) -> None:
        raise AssertionError


class Open(Locked):
    async def __call__(self, connection: object) -> None: ...


class Slow:
    async def __call__(self, call: Invocation, proceed: Proceed) -> object:
        raise AssertionError


class Quick(Slow):
    async def __call__(self, call: Invocation, proceed: Proceed) -> object:
        return await proceed()


@intercept(Slow)
@guard(Locked)
@controller("/")
class Door:
    @get("/")
    async def enter(self) -> str:
        return "in"


@pytest.mark.parametrize("providers", [[], [Locked, Slow]])
async def test_an_override_reaches_guards_and_interceptors(providers: list[type]) -> None:
    module = Module("m", controllers=[Door], providers=providers)
    async with testing(module, bind(Locked).to(Open), bind(Slow).value(Quick())) as t:
        assert (await t.client.get("/")).json() == "in"


def test_two_overrides_of_one_token() -> None:
    module = Module("m", providers=[Mailer], exports=[Mailer])
    with pytest.raises(AmbiguousProvider) as caught:
        App(module, bind(Mailer).to(Smtp), bind(Mailer).to(Console))
    assert str(caught.value) == "Mailer is overridden twice. Remove one of the overrides."


@pytest.mark.parametrize("own_first", [True, False])
async def test_a_module_reexports_what_it_sees_itself(own_first: bool) -> None:
    mail = Module("mail", providers=[Mailer], exports=[Mailer])
    exports: list[type[Mailer] | Module] = [Mailer, mail] if own_first else [mail, Mailer]
    shop = Module("shop", imports=[mail], providers=[bind(Mailer).to(Smtp)], exports=exports)
    async with App(Module("root", imports=[shop], exports=[shop])).started() as running:
        assert type(running.get(Mailer)) is Smtp
