"""The assembly of rabbit24: which modules, which parts."""

from hutch import App, Module, bind
from hutch.contributions import Migrations, OnError
from hutch.settings import CoreSettings, Profile
from hutch_database import database_module
from hutch_monitor import monitor_module
from hutch_queue import queue_module
from hutch_redis import redis_module
from kit.platforms import platforms_module
from rabbit24.api.errors import not_found
from rabbit24.api.events import EventsController
from rabbit24.api.posts import PostsController
from rabbit24.events import Events, MemoryEvents, RedisEvents
from rabbit24.jobs.publish import PublishJobs
from rabbit24.services.accounts import Accounts
from rabbit24.services.posts import PostNotFound, Posts
from rabbit24.services.publications import Publications
from rabbit24.services.publishing import Publisher
from rabbit24.services.reconciling import Reconciler
from rabbit24.services.stuck import Stuck
from rabbit24.settings import Rabbit24Settings


def events_backend(core: CoreSettings) -> str:
    """Tests hear their own process only."""
    return "memory" if core.profile is Profile.TEST else "redis"


rabbit24 = Module(
    "rabbit24",
    imports=[
        database_module(),
        monitor_module(queues="/admin/queues"),
        platforms_module(),
        queue_module("publish"),
        redis_module(),
    ],
    providers=[
        Rabbit24Settings,
        Accounts,
        Publications,
        Reconciler,
        Publisher,
        Stuck,
        PublishJobs,
        bind(Posts).to(Posts).per_request(),
        bind(Events).choose(events_backend, memory=MemoryEvents, redis=RedisEvents),
    ],
    controllers=[PostsController, EventsController],
    contributions=[
        Migrations("rabbit24", "rabbit24:migrations"),
        OnError(PostNotFound, not_found),
    ],
)

app = App(rabbit24)
