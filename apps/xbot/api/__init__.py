"""One controller for each resource, and the pages, as one module."""

from hutch import Module
from hutch_auth import auth_module
from hutch_metrics import Timing, metrics_module
from hutch_monitor import monitor_module
from hutch_session import session_module
from kit.pages import pages_module
from xbot.api.account import AccountController
from xbot.api.configuration import ConfigurationController
from xbot.api.drafts import DraftsController
from xbot.api.errors import ERRORS
from xbot.api.learning import LearningController
from xbot.api.pages import BotPages
from xbot.api.posts import PostsController
from xbot.api.tweets import TweetsController
from xbot.jobs import jobs
from xbot.keys import SESSION
from xbot.services import domain

LINKS = (
    ("Posts", "/"),
    ("Learning", "/learning"),
    ("Configuration", "/configuration"),
    ("Monitor", "/monitor/"),
)

api = Module(
    "api",
    imports=[
        domain,
        jobs,
        metrics_module(),
        monitor_module(auth=auth_module()),
        pages_module("xbot", "xBOT", *LINKS),
        session_module(SESSION),
    ],
    controllers=[
        AccountController,
        BotPages,
        ConfigurationController,
        DraftsController,
        LearningController,
        PostsController,
        TweetsController,
    ],
    contributions=ERRORS,
    interceptors=[Timing],
)
