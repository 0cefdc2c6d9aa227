"""Route: everything known of one served operation before the first request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

from hutch.graph.signature import hints_of
from hutch.http.declare import Controller, Guard, Operation
from hutch.http.encode import Encoder
from hutch.http.inputs import Inputs, inputs_of


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of one controller.

    Attributes:
        owner: The controller.
        function: The handler.
        operation: What it serves.
        path: The whole path, with the controller's.
        inputs: What it takes.
        encoder: Serialises what it returns.
        guards: Decide first.
    """

    owner: type[Any]
    function: Callable[..., Any]
    operation: Operation
    path: str
    inputs: Inputs
    encoder: Encoder
    guards: tuple[Guard, ...]

    @property
    def name(self) -> str:
        """The handler's name, e.g. ``Orders.create``."""
        return f"{self.owner.__name__}.{self.function.__name__}"


def route_of(
    owner: type[Any],
    mark: Controller,
    function: Callable[..., Any],
    operation: Operation,
    guards: tuple[Guard, ...],
) -> Route:
    """Read one operation.

    Raises:
        InvalidDeclaration: A parameter cannot be read from a request, or the result
            cannot become JSON.
    """
    path = f"{mark.path.rstrip('/')}/{operation.path.strip('/')}".rstrip("/") or "/"
    inputs = inputs_of(function, operation, path)
    returns = hints_of(function, cast(FunctionType, function)).get("return", Any)
    encoder = Encoder(returns, operation.status, f"{owner.__name__}.{function.__name__}")
    return Route(owner, function, operation, path, inputs, encoder, guards)
