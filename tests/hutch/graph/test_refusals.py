"""The four refusals, word for word: each names the value, the place and the remedy."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Protocol

import pytest
from starlette.requests import Request

from hutch import App, Inject, Module, Name, bind
from hutch.errors import (
    AmbiguousProvider,
    InvalidDeclaration,
    MissingProvider,
    ProviderCycle,
    ScopeCapture,
    UnknownChoice,
    UnusedOverride,
)
from hutch.marks import Handler, mark, mark_handler


class Secrets: ...


class Mailer(Protocol):
    def send(self) -> None: ...


class ConsoleMailer:
    def send(self) -> None: ...


class SmtpMailer:
    def send(self) -> None: ...


class Session: ...


class NeedsSecrets:
    def __init__(self, secrets: Secrets) -> None: ...


class NeedsMailer:
    def __init__(self, mailer: Mailer) -> None:
        self.mailer = mailer


class CircleA:
    def __init__(self, b: "CircleB") -> None: ...


class CircleB:
    def __init__(self, a: CircleA) -> None: ...


class LateA:
    def __init__(self, b: Callable[[], "LateB"]) -> None:
        self.b = b


class LateB:
    def __init__(self, a: LateA) -> None: ...


class Report:
    def __init__(self, session: Session) -> None: ...


def refusal(error: type[Exception], module: Module, *overrides: object) -> str:
    with pytest.raises(error) as caught:
        App(module, *overrides)  # pyright: ignore[reportArgumentType]
    return str(caught.value)


def test_missing_because_it_is_not_exported() -> None:
    hiding = Module("secrets_module", providers=[Secrets])
    shop = Module("shop", imports=[hiding], providers=[NeedsSecrets])
    assert refusal(MissingProvider, shop) == (
        "NeedsSecrets (in shop) needs `secrets: Secrets`, which shop cannot see.\n"
        "  secrets_module provides it but does not export it: add Secrets to its `exports`."
    )


def test_missing_because_it_is_not_imported() -> None:
    secrets = Module("secrets_module", providers=[Secrets], exports=[Secrets])
    shop = Module("shop", providers=[NeedsSecrets])
    app = Module("app", imports=[secrets, shop])
    assert refusal(MissingProvider, app).endswith(
        "  secrets_module exports it: add secrets_module to the `imports` of shop."
    )


def test_missing_because_nobody_provides_it() -> None:
    assert refusal(MissingProvider, Module("shop", providers=[NeedsSecrets])).endswith(
        "  No module provides it: add Secrets to the `providers` of shop, "
        "as a class or as bind(Secrets).to(...)."
    )


def test_all_missing_ones_are_named_at_once() -> None:
    message = refusal(MissingProvider, Module("shop", providers=[NeedsSecrets, NeedsMailer]))
    assert "needs `secrets: Secrets`" in message
    assert "needs `mailer: Mailer`" in message


def test_circular_errors_point_at_the_cycle() -> None:
    assert refusal(ProviderCycle, Module("shop", providers=[CircleA, CircleB])) == (
        "providers need each other:\n"
        "  CircleA (shop) -> CircleB (shop) -> CircleA (shop)\n"
        "  Break the circle where an object is needed late: "
        "inject Callable[[], CircleA] instead of CircleA."
    )


def test_a_lazy_need_is_no_cycle() -> None:
    App(Module("shop", providers=[LateA, LateB]))


def test_an_app_object_may_not_hold_a_request_object() -> None:
    shop = Module("shop", providers=[Report, bind(Session).to(Session).per_request()])
    assert refusal(ScopeCapture, shop) == (
        "Report lives for the whole app but needs Session, which lives for one request.\n"
        "  Make Report request-scoped, or inject Callable[[], Session]."
    )


def test_capture_is_seen_through_an_alias() -> None:
    class Connection(Session): ...

    providers = [bind(Connection).to(Connection).per_request(), bind(Session).alias(Connection)]
    assert "needs Session" in refusal(ScopeCapture, Module("shop", providers=[Report, *providers]))


def test_a_late_object_may_not_need_opening() -> None:
    async def session() -> AsyncIterator[Session]:
        yield Session()

    class Late:
        def __init__(self, session: Callable[[], Session]) -> None: ...

    shop = Module("shop", providers=[Late, bind(Session).open(session).per_request()])
    assert "Late asks for Callable[[], Session], but Session only exists inside a request" in (
        refusal(ScopeCapture, shop)
    )


def test_two_imports_exporting_one_token() -> None:
    console = Module("console", providers=[bind(Mailer).to(ConsoleMailer)], exports=[Mailer])
    smtp = Module("smtp", providers=[bind(Mailer).to(SmtpMailer)], exports=[Mailer])
    message = refusal(AmbiguousProvider, Module("shop", imports=[console, smtp]))
    assert message.startswith("shop sees two providers of Mailer: from console and from smtp.")
    assert "add a binding of Mailer to its providers" in message


def test_own_providers_settle_an_ambiguity() -> None:
    console = Module("console", providers=[bind(Mailer).to(ConsoleMailer)], exports=[Mailer])
    smtp = Module("smtp", providers=[bind(Mailer).to(SmtpMailer)], exports=[Mailer])
    App(Module("shop", imports=[console, smtp], providers=[bind(Mailer).to(SmtpMailer)]))


def test_one_provider_twice_in_a_module() -> None:
    shop = Module("shop", providers=[bind(Mailer).to(SmtpMailer), bind(Mailer).to(ConsoleMailer)])
    assert refusal(AmbiguousProvider, shop).startswith("shop provides Mailer twice.")


def test_two_global_modules_exporting_one_token() -> None:
    one = Module("one", providers=[Secrets], exports=[Secrets], is_global=True)
    two = Module("two", providers=[Secrets], exports=[Secrets], is_global=True)
    message = refusal(AmbiguousProvider, Module("shop", imports=[one, two]))
    assert "two providers of Secrets" in message


async def test_an_unknown_choice_names_the_options() -> None:
    def backend() -> str:
        return "mongo"

    choice = bind(Mailer).choose(backend, console=ConsoleMailer, smtp=SmtpMailer)
    app = App(Module("shop", providers=[choice], exports=[Mailer]))
    with pytest.raises(UnknownChoice) as caught:
        async with app.started():
            pass
    assert str(caught.value) == "Mailer: no backend named 'mongo'; choose one of console, smtp"


def test_an_override_nobody_uses() -> None:
    shop = Module("shop", providers=[Secrets])
    assert refusal(UnusedOverride, shop, bind(Mailer).value(ConsoleMailer())) == (
        "override of Mailer: nothing in shop uses Mailer, so the test would prove nothing."
    )


def test_a_choice_may_not_wait_for_a_resource() -> None:
    async def secrets() -> AsyncIterator[Secrets]:
        yield Secrets()

    def backend(secrets: Secrets) -> str:
        return "console"

    shop = Module(
        "shop",
        providers=[
            bind(Secrets).open(secrets),
            bind(Mailer).choose(backend, console=ConsoleMailer),
        ],
    )
    assert "which is only known after start" in refusal(InvalidDeclaration, shop)


def test_hints_that_exist_for_the_checker_only() -> None:
    class Hidden:
        def __init__(self, it: "OnlyForCheckers") -> None: ...  # noqa: F821  # pyright: ignore

    message = refusal(InvalidDeclaration, Module("shop", providers=[Hidden]))
    assert "the hint 'OnlyForCheckers' cannot be resolved at run time" in message
    assert "outside `if TYPE_CHECKING:`" in message


def test_a_parameter_without_a_hint() -> None:
    class Bare:
        def __init__(self, it) -> None: ...  # type: ignore[no-untyped-def]  # pyright: ignore

    message = refusal(InvalidDeclaration, Module("shop", providers=[Bare]))
    assert message.startswith("Bare: the parameter `it` has no type hint")


def test_exporting_what_is_not_there() -> None:
    message = refusal(InvalidDeclaration, Module("shop", exports=[Secrets]))
    assert message.startswith("shop exports Secrets, which it neither provides nor imports")


def test_reexporting_a_module_that_is_not_imported() -> None:
    other = Module("other")
    message = refusal(InvalidDeclaration, Module("shop", exports=[other]))
    assert message.startswith("shop exports the module other without importing it")


def test_importing_the_function_instead_of_the_module() -> None:
    def cache_module() -> Module:
        return Module("cache")

    with pytest.raises(InvalidDeclaration, match="did you forget to call the function"):
        Module("shop", imports=[cache_module])  # type: ignore[list-item]  # pyright: ignore


def test_contributing_a_bare_function() -> None:
    async def run() -> AsyncIterator[None]:
        yield

    with pytest.raises(InvalidDeclaration, match=r"^shop contributes <function .*Service\("):
        Module("shop", contributions=[run])  # type: ignore[list-item]  # pyright: ignore


def test_async_factories_are_refused() -> None:
    async def secrets() -> Secrets:
        return Secrets()

    with pytest.raises(InvalidDeclaration, match="nothing awaitable is ever injected"):
        bind(Secrets).to(secrets)  # type: ignore[arg-type]  # pyright: ignore


def test_open_wants_an_async_generator() -> None:
    with pytest.raises(InvalidDeclaration, match="`async def` with one `yield`"):
        bind(Secrets).open(Secrets)  # type: ignore[arg-type]  # pyright: ignore


def test_only_what_is_made_can_be_per_request() -> None:
    with pytest.raises(InvalidDeclaration, match=r"only to\(...\) and open\(...\)"):
        bind(Secrets).value(Secrets()).per_request()


def test_a_named_token_is_another_token() -> None:
    class Greeter:
        def __init__(self, word: Annotated[str, Name("word")]) -> None: ...

    providers = [Greeter, bind(Annotated[str, Name("other")]).value("hi")]
    assert "needs `word: str[word]`" in refusal(MissingProvider, Module("m", providers=providers))


def test_a_request_is_not_there_in_a_job() -> None:
    class FromRequest:
        def __init__(self, request: Request) -> None: ...

    class Seed: ...

    class Work:
        async def run(self, *, it: Inject[FromRequest]) -> None: ...

    mark_handler(Work.run, Handler(Work.run, Seed))
    mark(Work, Seed())
    module = Module("m", providers=[Work, bind(FromRequest).to(FromRequest).per_request()])
    assert refusal(MissingProvider, module) == (
        "Work.run (m) needs Request, but it runs with a Seed: there is no Request then."
    )
