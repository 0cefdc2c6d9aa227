"""The assembly of rabbit24: which modules, which parts."""

from hutch import App, Module
from hutch.contributions import Command, Migrations
from hutch_auth import auth_module
from hutch_monitor import monitor_module
from rabbit24.api import api
from rabbit24.jobs import jobs
from rabbit24.services import domain

rabbit24 = Module(
    "rabbit24",
    imports=[
        domain,  # brands, accounts, posts, slots, orders, credits: on database, cache, vault
        jobs,  # one processor for each of the nine queues; news to users; the workers' heartbeat
        api,  # pages and JSON for users and operators; their sessions; live events
        monitor_module(queues="/admin/queues", auth=auth_module()),  # SAQ's web UI; health
    ],
    contributions=[
        Migrations("rabbit24", "rabbit24:migrations"),
        Command("credits", "rabbit24.cli:app", "Book credits for users."),
    ],
)

app = App(rabbit24)
