"""The assembly of xBOT: which modules, which parts."""

from hutch import App, Module
from hutch.contributions import Declare, Migrations
from xbot.api import api
from xbot.jobs import jobs
from xbot.keys import CLASSES
from xbot.services import domain

xbot = Module(
    "xbot",
    imports=[
        domain,  # drafts, posts, tweets, what is learned: on database, cache, locks, limits
        jobs,  # pending_posts, sync_to_supabase, analytics_processing
        api,  # pages and JSON, operators only; their sessions; the monitor
    ],
    contributions=[Migrations("xbot", "xbot:migrations"), *map(Declare, CLASSES)],
)

app = App(xbot)
