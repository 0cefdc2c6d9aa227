"""The default of a job's injected parameters."""

from __future__ import annotations

from typing import Any, NoReturn


class _Injected:
    """Stands where the container will put an object."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f".{name} was asked of a parameter that only a worker fills; "
            "pass an object when you call the method yourself."
        )

    def __repr__(self) -> str:
        return "injected"


injected: Any = _Injected()
"""The default of ``Inject[T]`` parameters of jobs: ``session: Inject[Session] = injected``.

Producers then call the job without it, the worker fills it in, and a unit test
that calls the method passes its own object.
"""
