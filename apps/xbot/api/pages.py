"""The pages: posts, what was learned, the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from hutch.http import controller, get, guard
from hutch_auth import OPERATOR, RequireRole
from hutch_queue import QueueAdmin
from kit.pages import Pages
from xbot.api.charts import bars, ranges
from xbot.configuration import FIXED, KEYS
from xbot.models import PostStatus
from xbot.services.configuration import Configuration
from xbot.services.lessons import Lessons
from xbot.services.limits import ConfiguredLimits
from xbot.services.posts import Posts
from xbot.services.statistics import Statistics

QUEUED, ENDED = 200, 30
"""How many are shown of those that wait, and of those that have ended."""


@guard(RequireRole(OPERATOR))
@controller("/")
@dataclass
class BotPages:
    """What operators see."""

    pages: Pages
    posts: Posts
    limits: ConfiguredLimits
    statistics: Statistics
    configuration: Configuration
    lessons: Lessons
    admin: QueueAdmin

    @get("/")
    async def home(self, request: Request) -> Response:
        """Show the form for a draft, the queue and the last posts."""
        return self.pages.render(
            request,
            "posts.html",
            topics=await self.posts.topics(),
            waiting=await self.posts.views(PostStatus.WAITING, QUEUED),
            waits=await self.posts.waiting(),
            ended=await self.posts.ended(ENDED),
            left=await self.limits.posts_left(),
            queues={name: await self.admin.stats(name) for name in self.admin.names()},
        )

    @get("/learning")
    async def learned(self, request: Request) -> Response:
        """Show the statistics and the beliefs."""
        figures = await self.statistics.view()
        learned = await self.lessons.view()
        return self.pages.render(
            request,
            "learning.html",
            figures=figures,
            learned=learned,
            days=bars([(day.day[8:], day.likes) for day in figures.days]),
            topics=ranges(learned.topics),
            hours=ranges(learned.hours),
        )

    @get("/configuration")
    async def configured(self, request: Request) -> Response:
        """Show the configuration with its versions."""
        values = [await self.configuration.view(key) for key in KEYS]
        return self.pages.render(request, "configuration.html", values=values, fixed=FIXED)
