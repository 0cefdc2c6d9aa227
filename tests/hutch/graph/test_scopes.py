"""Request scopes: what their objects may and may not do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from hutch import App, Inject, Module, bind
from hutch.errors import ScopeCapture
from hutch.http import controller, get, guard
from hutch.interceptors import intercept
from hutch.marks import Handler, mark, mark_handler


class Session: ...


class Transfer:
    def __init__(self, session: Session) -> None: ...


class Seed: ...


class Work:
    async def fail(self, *, session: Inject[Session]) -> None:
        raise ConnectionError("lost")

    async def wait(self, *, session: Inject[Session]) -> None:
        await asyncio.Event().wait()


mark_handler(Work.fail, Handler(Work.fail, Seed))
mark_handler(Work.wait, Handler(Work.wait, Seed))
mark(Work, Seed())


async def swallowing() -> AsyncIterator[Session]:
    with contextlib.suppress(BaseException):
        yield Session()


SWALLOWING = Module("work", providers=[Work, bind(Session).open(swallowing).per_request()])


async def test_an_object_that_swallows_an_error_does_not_make_the_call_succeed() -> None:
    async with App(SWALLOWING).started() as running:
        fail = running.invoker(SWALLOWING, Work(), "fail", "job")
        with pytest.raises(ConnectionError, match="lost"):
            await fail(Seed(), {})
        with pytest.raises(ConnectionError, match="lost"):
            async with running.scope(Session):
                raise ConnectionError("lost")


async def test_nor_does_one_that_swallows_the_cancellation() -> None:
    async with App(SWALLOWING).started() as running:
        task = asyncio.ensure_future(running.invoker(SWALLOWING, Work(), "wait", "job")(Seed(), {}))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_nor_does_one_that_swallows_what_the_next_failed_with() -> None:
    async def transfer(session: Session) -> AsyncIterator[Transfer]:
        raise ConnectionError("no transfer")
        yield Transfer(session)

    module = Module(
        "work",
        providers=[
            bind(Session).open(swallowing).per_request(),
            bind(Transfer).open(transfer).per_request(),
        ],
    )
    async with App(module).started() as running:
        with pytest.raises(ConnectionError, match="no transfer"):
            async with running.scope(Transfer):
                pass


class Impatient:
    async def __call__(self, connection: object) -> None: ...


@guard(Impatient)
@controller("/")
class Guarded:
    @get("/")
    async def read(self) -> None: ...


class Around:
    async def __call__(self, call: object, proceed: object) -> None: ...


@intercept(Around)
@controller("/")
class Intercepted:
    @get("/")
    async def read(self) -> None: ...


GUARDED = Module(
    "m", controllers=[Guarded], providers=[bind(Impatient).to(Impatient).per_request()]
)
INTERCEPTED = Module(
    "m", controllers=[Intercepted], providers=[bind(Around).to(Around).per_request()]
)
WORKING = Module("m", providers=[bind(Work).to(Work).per_request(), Session])


@pytest.mark.parametrize(
    ("module", "who"), [(GUARDED, "Impatient"), (INTERCEPTED, "Around"), (WORKING, "Work")]
)
def test_what_requests_and_jobs_call_lives_for_the_app(module: Module, who: str) -> None:
    """Made once and never again, it would hold the objects of no request at all."""
    with pytest.raises(ScopeCapture) as caught:
        App(module)
    assert str(caught.value) == (
        f"{who} (m) is made once for the app, but it is bound per_request().\n"
        "  Drop per_request(); a handler gets what lives for one request as Inject[T]."
    )
