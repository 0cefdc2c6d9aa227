"""The module that gives an app its models."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from hutch import Module, bind
from kit.ai.ngrams import NgramEmbedder
from kit.ai.pictures import PictureEmbedder
from kit.ai.port import Embedder, Writer
from kit.ai.remote import OpenAiEmbedder, OpenAiWriter
from kit.ai.settings import AiSettings
from kit.ai.templates import TemplateWriter
from kit.client import http_client


async def _open(settings: AiSettings) -> AsyncIterator[httpx2.AsyncClient]:
    async with http_client(settings.read_timeout) as client:
        yield client


def _writer(settings: AiSettings) -> str:
    return settings.writer


def _ngrams(settings: AiSettings) -> NgramEmbedder:
    return NgramEmbedder(settings.dimensions)


def _embedder(settings: AiSettings) -> str:
    return settings.embedder


def ai_module() -> Module:
    """Provide the ``Writer`` and ``Embedder`` of the settings, and the ``PictureEmbedder``."""
    return Module(
        "ai",
        providers=[
            AiSettings,
            bind(httpx2.AsyncClient).open(_open),
            bind(Writer).choose(_writer, templates=TemplateWriter, openai=OpenAiWriter),
            bind(Embedder).choose(_embedder, ngrams=_ngrams, openai=OpenAiEmbedder),
            PictureEmbedder,
        ],
        exports=[Writer, Embedder, PictureEmbedder],
    )
