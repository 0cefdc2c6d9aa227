"""Text and embeddings: by an OpenAI-compatible server, or embedded without any model."""

from kit.ai.module import ai_module
from kit.ai.ngrams import NgramEmbedder
from kit.ai.outcomes import Misconfigured, Refused, TooLong
from kit.ai.pictures import PictureEmbedder
from kit.ai.port import Embedder, Task, Writer, Written
from kit.ai.remote import OpenAiEmbedder, OpenAiWriter
from kit.ai.settings import AiSettings
from kit.ai.singly import embed_singly
from kit.ai.templates import TemplateWriter

__all__ = [
    "AiSettings",
    "Embedder",
    "Misconfigured",
    "NgramEmbedder",
    "OpenAiEmbedder",
    "OpenAiWriter",
    "PictureEmbedder",
    "Refused",
    "Task",
    "TemplateWriter",
    "TooLong",
    "Writer",
    "Written",
    "ai_module",
    "embed_singly",
]
