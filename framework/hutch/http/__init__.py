"""HTTP: controllers, their parameters, guards, problems and event streams."""

from hutch.http.cookies import raw_cookie
from hutch.http.declare import (
    Guard,
    controller,
    delete,
    get,
    guard,
    patch,
    post,
    put,
    websocket,
)
from hutch.http.events import Event, EventStream
from hutch.http.parameters import Body, Header, Path, Query
from hutch.http.problem import (
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    PayloadTooLarge,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
    Unprocessable,
    UnsupportedMediaType,
    answers,
)
from hutch.http.request import add_header, body_up_to

__all__ = [
    "BadRequest",
    "Body",
    "Conflict",
    "Event",
    "EventStream",
    "Forbidden",
    "Guard",
    "Header",
    "NotFound",
    "Path",
    "PayloadTooLarge",
    "Problem",
    "Query",
    "ServiceUnavailable",
    "TooManyRequests",
    "Unauthorized",
    "Unprocessable",
    "UnsupportedMediaType",
    "add_header",
    "answers",
    "body_up_to",
    "controller",
    "delete",
    "get",
    "guard",
    "patch",
    "post",
    "put",
    "raw_cookie",
    "websocket",
]
