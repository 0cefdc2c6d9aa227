"""The assembly of rabbit24: which modules, which parts."""

from hutch import App, Module
from hutch.contributions import Migrations
from hutch_auth import auth_module
from hutch_monitor import monitor_module
from rabbit24.api import api
from rabbit24.jobs import jobs
from rabbit24.services import domain

rabbit24 = Module(
    "rabbit24",
    imports=[
        domain,
        jobs,
        api,
        monitor_module(queues="/admin/queues", auth=auth_module()),
    ],
    contributions=[Migrations("rabbit24", "rabbit24:migrations")],
)

app = App(rabbit24)
