"""The assembly of SecondMe: which modules, which parts."""

from datetime import timedelta

from hutch import App, Module
from hutch.contributions import Migrations
from hutch_cache import cache_module
from hutch_database import database_module
from hutch_lock import lock_module
from hutch_metrics import metrics_module
from hutch_monitor import monitor_module
from hutch_pause import pause_module
from hutch_pubsub import pubsub_module
from hutch_queue import queue_module
from hutch_ratelimit import ratelimit_module
from hutch_session import credentials_module
from hutch_vault import vault_module
from kit.ai import ai_module
from kit.pages import pages_module
from kit.platforms import platforms_module
from secondme.api import CONTROLLERS, ERRORS
from secondme.inbox import MESSAGES
from secondme.jobs import JOBS
from secondme.services import BACKGROUND, SERVICES
from secondme.services.personas import PERSONAS
from secondme.settings import SecondMeSettings

secondme = Module(
    "secondme",
    imports=[
        ai_module(),
        cache_module(PERSONAS),
        credentials_module(),
        database_module(),
        lock_module(),
        metrics_module(),
        monitor_module(),
        pages_module("secondme", "SecondMe", ("Dashboard", "/"), ("Monitor", "/monitor/")),
        pause_module(),
        platforms_module(),
        pubsub_module(MESSAGES),
        queue_module("answers"),
        queue_module("housekeeping", keep_completed=timedelta(minutes=10)),
        ratelimit_module(),
        vault_module(),
    ],
    providers=[SecondMeSettings, *SERVICES, *JOBS],
    controllers=CONTROLLERS,
    contributions=[
        Migrations("secondme", "secondme:migrations"),
        *BACKGROUND,
        *ERRORS,
    ],
)

app = App(secondme)
