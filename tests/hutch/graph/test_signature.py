"""What a class or function wants is read from it, however it is written."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import KW_ONLY, InitVar, dataclass, field
from types import ModuleType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import pydantic
import pydantic.dataclasses
import pytest

from hutch import App, Module, bind
from hutch.errors import InvalidDeclaration, MissingProvider
from hutch.running import Running

T = TypeVar("T")


class Pool: ...


class User: ...


class Tuple(NamedTuple):
    pool: Pool


class New:
    pool: Pool

    def __new__(cls, pool: Pool) -> New:
        made = super().__new__(cls)
        made.pool = pool
        return made


@dataclass
class Init:
    given: InitVar[Pool]
    pool: Pool = field(init=False)
    _: KW_ONLY
    other: Pool

    def __post_init__(self, given: Pool) -> None:
        assert given is self.other
        self.pool = given


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)

    pool: Pool
    size: int = 3


@pydantic.dataclasses.dataclass(config=pydantic.ConfigDict(arbitrary_types_allowed=True))
class ModelDataclass:
    pool: Pool


def wrapping(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class Base:
    def __init__(self, pool: Pool) -> None:
        self.pool = pool


class Inheriting(Base): ...


class Wrapped(Base):
    @wrapping
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)


class Port(Protocol):
    def work(self) -> None: ...


class WithPort(Port, Base):
    def work(self) -> None: ...


class Repository(Generic[T]):
    def __init__(self, pool: Pool) -> None:
        self.pool = pool


class Factory:
    def make(self, pool: Pool) -> Base:
        return Base(pool)

    @classmethod
    def create(cls, pool: Pool) -> Base:
        return Base(pool)

    @staticmethod
    def build(pool: Pool) -> Base:
        return Base(pool)


CLASSES = [
    Tuple, New, Init, Model, ModelDataclass, Base, Inheriting, Wrapped, WithPort,
]  # fmt: skip


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("per_request", [False, True])
async def test_a_class_gets_what_it_wants(cls: type[Any], per_request: bool) -> None:
    binding = bind(cls).to(cls)
    module = Module("m", providers=[Pool, binding.per_request() if per_request else binding])
    async with App(module).started() as running, running.scope(cls) as (made,):
        assert made.pool is running.get(Pool)


@pytest.mark.parametrize(
    "make", [Factory().make, Factory.create, Factory.build, wrapping(Factory.build)]
)
async def test_so_does_a_function_or_method(make: Callable[..., Base]) -> None:
    async with App(Module("m", providers=[Pool, bind(Base).to(make)])).started() as running:
        assert running.get(Base).pool is running.get(Pool)


async def test_a_generic_class_is_one_token_for_each_argument() -> None:
    def users(pool: Pool) -> Repository[User]:
        return Repository(pool)

    module = Module("m", providers=[Pool, Repository, bind(Repository[User]).to(users)])
    async with App(module).started() as running:
        found = running.get(Repository[User])
        assert found.pool is running.get(Pool)
        assert found is not running.objects.find(Repository)


ELSEWHERE = """
from __future__ import annotations
from dataclasses import dataclass

class Wheel: ...

@dataclass
class Car:
    wheel: Wheel
"""


async def test_a_dataclass_may_inherit_from_another_module(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("elsewhere")
    monkeypatch.setitem(sys.modules, "elsewhere", module)
    exec(ELSEWHERE, module.__dict__)
    elsewhere: Any = module

    @dataclass
    class Bus(elsewhere.Car):  # type: ignore[misc]
        pool: Pool

    root = Module("m", providers=[Pool, elsewhere.Wheel, Bus])
    async with App(root).started() as running:
        assert running.get(Bus) == Bus(running.get(elsewhere.Wheel), running.get(Pool))


@pytest.mark.parametrize("cls", [Tuple, New, Init, Model, ModelDataclass, Wrapped, WithPort])
def test_what_is_missing_is_known_before_the_start(cls: type[Any]) -> None:
    with pytest.raises(MissingProvider, match="Pool"):
        App(Module("m", providers=[cls]))


class Late:
    def __init__(self, pool: Callable[[], Pool] | None) -> None:
        self.pool = pool


async def started(module: Module) -> Running:
    async with App(module).started() as running:
        return running


async def test_what_is_optional_may_be_lazy_too() -> None:
    running = await started(Module("m", providers=[Late, Pool]))
    pool = running.get(Late).pool
    assert pool is not None
    assert pool() is running.get(Pool)
    assert (await started(Module("m", providers=[Late]))).get(Late).pool is None


def test_a_partial_is_refused_without_its_arguments() -> None:
    def make(pool: Pool, password: str) -> Base:
        return Base(pool)

    partial = functools.partial(make, password="hunter2")
    with pytest.raises(InvalidDeclaration) as caught:
        App(Module("m", providers=[Pool, bind(Base).to(partial)]))
    assert str(caught.value) == (
        "A partial has no Python signature to read; wrap it in a function "
        "with type hints and bind that."
    )
