"""The assembly of fashiondeck: which modules, which parts."""

from fashiondeck.api import api
from fashiondeck.jobs import jobs
from fashiondeck.services import services
from hutch import App, Module
from hutch.contributions import Command, Migrations

fashiondeck = Module(
    "fashiondeck",
    imports=[
        services,  # products, vectors, search: on database, cache, rate limits, marketplaces
        jobs,  # product-refresh, embeddings, analytics, and the daily schedules
        api,  # pages, JSON, the monitor
    ],
    contributions=[
        Migrations("fashiondeck", "fashiondeck:migrations"),
        Command(
            "test-redis", "hutch_redis.cli:test_redis", "Try Redis, and what the app does with it."
        ),
    ],
)

app = App(fashiondeck)
