"""A rich app for tests of drawing, doctor and commands: many modules, every kind of provider."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.websockets import WebSocket

from hutch import App, Inject, Module, Name, Settings, bind
from hutch.contributions import (
    Command,
    Declare,
    Health,
    Metrics,
    Migrations,
    Mount,
    Reading,
    Service,
)
from hutch.http import controller, delete, get, patch, post, put, websocket
from hutch.marks import Handler, mark, mark_handler
from hutch.roles import Role


@dataclass(frozen=True)
class Processor:
    """The mark of a class whose methods a queue calls."""

    queue: str


class Ticket:
    """What a job's scope is opened with."""


def job(method: Any) -> Any:
    mark_handler(method, Handler(method, Ticket))
    return method


class PoolSettings(Settings, section="bookshop"):
    """Connections to the store."""

    size: int = 8
    password: SecretStr = SecretStr("sesame")
    backend: str = "memory"


class Pool:
    """A resource."""


class Keys: ...


async def pool(settings: PoolSettings) -> AsyncIterator[Pool]:
    yield Pool()


async def reachable(pool: Pool) -> str:
    return "1 ms"


store = Module(
    "store",
    providers=[PoolSettings, bind(Pool).open(pool), Keys],
    exports=[Pool, Keys, PoolSettings],
    contributions=[
        Health("store", reachable),
        Command("store", "shopcommands:app", "Look into the store."),
    ],
)


class Database: ...


class Session: ...


async def database(pool: Pool) -> AsyncIterator[Database]:
    yield Database()


async def session(database: Database) -> AsyncIterator[Session]:
    yield Session()


tables = Module(
    "tables",
    imports=[store],
    providers=[bind(Database).open(database), bind(Session).open(session).per_request()],
    exports=[Database, Session],
    contributions=[Migrations("bookshop", "bookshop:migrations")],
)


class Cache(Protocol):
    def get(self) -> object: ...


class MemoryCache:
    def get(self) -> object:
        return None


class StoreCache:
    def __init__(self, pool: Pool, keys: Keys) -> None:
        self.pool = pool

    def get(self) -> object:
        return None


def backend(settings: PoolSettings) -> str:
    return settings.backend


async def sizes() -> Iterable[Reading]:
    return [Reading("cache_size", 1.0)]


cache = Module(
    "cache",
    imports=[store],
    providers=[bind(Cache).choose(backend, memory=MemoryCache, store=StoreCache)],
    exports=[Cache],
    contributions=[Metrics(sizes)],
)


class Clock: ...


time = Module(
    "time",
    providers=[Clock, bind(Annotated[str, Name("zone")]).value("Europe/Berlin")],
    exports=[Clock],
    is_global=True,
)


class Limiter:
    def __init__(self, pool: Pool, clock: Clock) -> None: ...


limits = Module("limits", imports=[store, time], providers=[Limiter], exports=[Limiter])


class Events:
    def __init__(self, pool: Pool) -> None: ...


async def relay(events: Events) -> AsyncIterator[None]:
    yield


events = Module(
    "events",
    imports=[store],
    providers=[Events],
    exports=[Events],
    contributions=[Service("event relay", relay)],
)


class Queue(Protocol): ...


class MemoryQueue: ...


class StoreQueue:
    def __init__(self, pool: Pool, keys: Keys) -> None: ...


async def worker(queue: Queue) -> AsyncIterator[None]:
    yield


queue = Module(
    "queue",
    imports=[store],
    providers=[bind(Queue).choose(backend, memory=MemoryQueue, store=StoreQueue), Ticket],
    exports=[Queue],
    contributions=[
        Service("queue worker", worker, frozenset({Role.WORKER}), discovers=(Processor,)),
        Metrics(sizes),
        Command("queues", "shopcommands:app", "Look into the queues."),
        Declare(Processor("mails")),
    ],
)


class Vault: ...


vault = Module("vault", providers=[Vault], exports=[Vault])


class Accounts:
    def __init__(self, database: Database, vault: Vault) -> None: ...


class Signer: ...


accounts = Module(
    "accounts", imports=[tables, vault, limits], providers=[Accounts, Signer], exports=[Accounts]
)


class Mailer(Protocol): ...


class Console: ...


class Smtp:
    def __init__(self, vault: Vault) -> None: ...


mail = Module(
    "mail",
    imports=[queue, vault, store],
    providers=[bind(Mailer).choose(backend, memory=Console, smtp=Smtp)],
    exports=[Mailer],
)


@dataclass
class Mails:
    mailer: Mailer

    @job
    async def welcome(self) -> None:
        """Greet a new customer."""

    @job
    async def receipt(self) -> None:
        """Send the receipt of an order."""


mark(Mails, Processor("mails"))


class Prices:
    def __init__(self, cache: Cache, clock: Clock) -> None: ...


class Shelf:
    def __init__(self, session: Session) -> None: ...


@controller("/books")
@dataclass
class Books:
    prices: Prices

    @get("/")
    async def search(self) -> list[str]:
        """List books that match."""
        return []

    @get("/{isbn}")
    async def one(self, isbn: str, shelf: Inject[Shelf]) -> str:
        """Show one book."""
        return isbn

    @put("/{isbn}")
    async def change(self, isbn: str, shelf: Inject[Shelf]) -> None:
        """Change a book."""

    @delete("/{isbn}")
    async def remove(self, isbn: str, shelf: Inject[Shelf]) -> None:
        """Take a book out of the catalogue."""


catalogue = Module(
    "catalogue",
    imports=[tables, cache, events],
    providers=[Prices, bind(Shelf).to(Shelf).per_request()],
    controllers=[Books],
    exports=[Prices],
)


class Basket:
    def __init__(self, session: Session, prices: Prices) -> None: ...


class Orders:
    def __init__(self, queue: Queue, events: Callable[[], Events]) -> None: ...


@controller("/orders")
@dataclass
class OrderDesk:
    orders: Orders

    @post("/", status=201)
    async def place(self, basket: Inject[Basket]) -> None:
        """Place an order."""

    @patch("/{number}")
    async def amend(self, number: int) -> None:
        """Amend an order that is not paid yet."""

    @websocket("/{number}/live")
    async def live(self, number: int, socket: WebSocket) -> None:
        """Follow an order."""


@dataclass
class Fulfilment:
    orders: Orders

    @job
    async def pack(self) -> None:
        """Pack the books."""

    @job
    async def ship(self) -> None:
        """Hand the parcel to the carrier."""


mark(Fulfilment, Processor("fulfilment"))

ordering = Module(
    "ordering",
    imports=[catalogue, queue, tables, events, accounts],
    providers=[Orders, bind(Basket).to(Basket).per_request(), Fulfilment],
    controllers=[OrderDesk],
    exports=[Orders],
)

letters = Module("letters", imports=[mail, queue], providers=[Mails])


def board(orders: Orders) -> Starlette:
    return Starlette()


board_module = Module("board", imports=[queue, ordering], contributions=[Mount("/board", board)])


class Search:
    def __init__(self, cache: Cache, pool: Pool) -> None: ...


search = Module("search", imports=[cache, store], providers=[Search], exports=[Search])


async def warm(search: Search) -> str:
    await asyncio.sleep(0)
    return "warm"


bookshop = Module(
    "bookshop",
    imports=[catalogue, ordering, letters, board_module, search, accounts, time],
    contributions=[Health("search", warm, required=False)],
)
app = App(bookshop)
