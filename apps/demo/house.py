"""The house: the apps of the demo in one process, each at its path, with one start page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import SecretStr
from saq.queue import Queue

from demo.parts import module_of
from demo.settings import DemoSettings
from demo.start import StartController
from hutch import App, Module, Settings, app_module, bind
from hutch.settings import load
from hutch_database import DatabaseSettings
from hutch_monitor import ShownQueues, monitor_module
from hutch_queue import SaqQueues, core_module
from hutch_redis import RedisSettings
from kit.files import FileSettings
from kit.pages import pages_module


class AllQueues(ShownQueues):
    """The queues of all apps, each under its app's name and its own."""

    def __init__(self, apps: Sequence[App]) -> None:
        self._apps = apps

    def all(self) -> Mapping[str, Queue]:
        """Map ``rabbit24.publish`` and the like to the queues."""
        return {
            f"{app.name}.{queue.name}": queue
            for app in self._apps
            for queue in app.running.get(SaqQueues, core_module()).all()
        }


def house(settings: DemoSettings) -> App:
    """Put the apps together."""
    apps = [_app(name, settings) for name in settings.apps]
    links = (("Queues", "/monitor/saq/"), ("Health", "/monitor/health"))
    root = Module(
        "demo",
        imports=[
            monitor_module(),
            pages_module("demo", "Hutch", *links),
            *(app_module(f"/{app.name}", app) for app in apps),
        ],
        providers=[DemoSettings],
        controllers=[StartController],
    )
    return App(root, bind(ShownQueues).to(lambda: AllQueues(apps)))


def _app(name: str, settings: DemoSettings) -> App:
    module = module_of(name)
    used = App(module).settings()
    own = [found for found in _own(name, settings) if type(found) in used]
    return App(module, *(bind(type(found)).value(found) for found in own))


def _own(name: str, settings: DemoSettings) -> Iterator[Settings]:
    """Say where an app keeps what is its own."""
    database = SecretStr(f"sqlite:///{settings.folder / name}.db")
    yield RedisSettings(prefix=name)
    yield DatabaseSettings(url=database, upgrade_at_start=True)
    files = settings.folder / "files" / name
    yield FileSettings(store=str(files), public_url=f"{settings.url}/{name}")


app = house(load(DemoSettings))
