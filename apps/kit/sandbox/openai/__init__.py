"""A model's server as the sandbox plays it: chat completions and embeddings, without a model."""

from kit.sandbox.openai.routes import openai_routes
from kit.sandbox.openai.state import OpenAiState

__all__ = ["OpenAiState", "openai_routes"]
