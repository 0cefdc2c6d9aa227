"""A model's server as the sandbox plays it: chat completions and embeddings, without a model."""

from kit.sandbox.openai.routes import openai_routes

__all__ = ["openai_routes"]
