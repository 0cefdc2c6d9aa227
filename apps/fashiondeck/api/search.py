"""Search over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fashiondeck.schemas import SearchResult
from fashiondeck.services.searching import Searching
from hutch.http import Query, controller, get, guard
from hutch_ratelimit import RequestLimit, fixed_window

Prompt = Annotated[str, Query(min_length=1, max_length=200)]
PageNumber = Annotated[int, Query(ge=1, le=1000)]


class SearchLimit(RequestLimit):
    """What one client may search; whoever asks for more is told when to come back."""

    name = "search"
    limits = (fixed_window(120, timedelta(minutes=1), away="local"),)


@guard(SearchLimit)
@controller("/api/search")
@dataclass
class SearchController:
    """Search for everybody."""

    searching: Searching

    @get("/")
    async def search(self, q: Prompt, page: PageNumber = 1) -> SearchResult:
        """Find products by a prompt, e.g. ``boho linen dress under 40``."""
        return await self.searching.search(q, page)
