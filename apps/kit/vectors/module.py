"""The module that gives an app its vectors."""

from __future__ import annotations

from functools import cache

from hutch import Module, bind
from hutch.contributions import Migrations
from hutch_database import database_module
from kit.vectors.exact import ExactVectors
from kit.vectors.on_pgvector import open_pgvectors
from kit.vectors.port import Vectors
from kit.vectors.settings import VectorSettings


def _backend(settings: VectorSettings) -> str:
    return settings.backend


@cache
def vectors_module() -> Module:
    """Provide the ``Vectors`` of the app's database; always the same module."""
    return Module(
        "vectors",
        imports=[database_module()],
        providers=[
            VectorSettings,
            bind(Vectors).choose(_backend, exact=ExactVectors, pgvector=open_pgvectors),
        ],
        exports=[Vectors],
        contributions=[
            Migrations("kit_vectors", "kit.vectors:migrations"),
            Migrations("kit_pgvectors", "kit.vectors:pgvector_migrations"),
        ],
    )
