"""How errors of the domain look over HTTP."""

from __future__ import annotations

from fashiondeck.services.catalogue import NoCategories, UnknownCategory, UnknownMarketplace
from fashiondeck.services.pictures import PictureMissing
from fashiondeck.services.products import ProductNotFound
from fashiondeck.services.prompts import NothingToLookFor
from hutch.contributions import OnError
from hutch.http import NotFound, ServiceUnavailable, Unprocessable, answers
from hutch_cache import CacheUnavailable
from hutch_queue import QueueUnavailable
from kit.platforms import PlatformError

AWAY = (CacheUnavailable, QueueUnavailable)
WRONG = (UnknownMarketplace, UnknownCategory, NoCategories, NothingToLookFor)

ON_ERROR = (
    *(OnError(error, answers(NotFound)) for error in (ProductNotFound, PictureMissing)),
    *(OnError(error, answers(Unprocessable)) for error in WRONG),
    OnError(PlatformError, answers(ServiceUnavailable, "Nothing can be searched now: {}")),
    *(OnError(error, answers(ServiceUnavailable)) for error in AWAY),
)
