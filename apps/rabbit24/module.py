"""The assembly of rabbit24: which modules, which parts."""

from hutch import App, Module, bind
from hutch.contributions import Migrations, OnError
from hutch_database import database_module
from hutch_monitor import monitor_module
from hutch_pubsub import pubsub_module
from hutch_queue import queue_module
from kit.platforms import platforms_module
from rabbit24.api.errors import not_found
from rabbit24.api.events import EventsController
from rabbit24.api.posts import PostsController
from rabbit24.jobs.publish import PublishJobs
from rabbit24.services.accounts import Accounts
from rabbit24.services.posts import PostNotFound, Posts
from rabbit24.services.publications import Publications
from rabbit24.services.publishing import Publisher
from rabbit24.services.reconciling import Reconciler
from rabbit24.services.stuck import Stuck
from rabbit24.settings import Rabbit24Settings

rabbit24 = Module(
    "rabbit24",
    imports=[
        database_module(),
        monitor_module(queues="/admin/queues"),
        platforms_module(),
        pubsub_module(),
        queue_module("publish"),
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
    ],
    controllers=[PostsController, EventsController],
    contributions=[
        Migrations("rabbit24", "rabbit24:migrations"),
        OnError(PostNotFound, not_found),
    ],
)

app = App(rabbit24)
