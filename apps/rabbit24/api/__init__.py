"""One controller for each resource, and the pages."""

from hutch import Module
from hutch.contributions import Declare
from hutch_auth import Registration, auth_module
from hutch_pubsub import pubsub_module
from hutch_ratelimit import ratelimit_module
from kit.pages import pages_module
from rabbit24.api.accounts import AccountsController
from rabbit24.api.brands import BrandsController
from rabbit24.api.distribution import DistributionController
from rabbit24.api.errors import ERRORS
from rabbit24.api.events import EventsController
from rabbit24.api.materials import MaterialsController
from rabbit24.api.pages import PagesController
from rabbit24.api.people import PeopleController
from rabbit24.api.posts import PostsController
from rabbit24.api.queue import QueueController
from rabbit24.api.schedules import SchedulesController
from rabbit24.jobs import jobs
from rabbit24.services import domain

LINKS = ("Posts", "/"), ("Accounts", "/accounts"), ("Schedules", "/schedules")

api = Module(
    "api",
    imports=[
        auth_module(),
        domain,
        jobs,
        pages_module("rabbit24", "24Rabbit", *LINKS),
        pubsub_module(),
        ratelimit_module(),
    ],
    controllers=[
        AccountsController,
        BrandsController,
        DistributionController,
        EventsController,
        MaterialsController,
        PagesController,
        PeopleController,
        PostsController,
        QueueController,
        SchedulesController,
    ],
    contributions=[
        Declare(Registration("/register")),
        *ERRORS,
    ],
)
