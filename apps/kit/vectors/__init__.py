"""Vectors beside the rows they belong to: keep them, and find the nearest."""

from kit.vectors.errors import InvalidTag, VectorsError, VectorsUnavailable, WrongVector
from kit.vectors.exact import ExactVectors
from kit.vectors.module import vectors_module
from kit.vectors.on_pgvector import PgVectors
from kit.vectors.port import Entry, Match, Space, Vectors
from kit.vectors.settings import VectorSettings
from kit.vectors.vector import Vector

__all__ = [
    "Entry",
    "ExactVectors",
    "InvalidTag",
    "Match",
    "PgVectors",
    "Space",
    "Vector",
    "VectorSettings",
    "Vectors",
    "VectorsError",
    "VectorsUnavailable",
    "WrongVector",
    "vectors_module",
]
