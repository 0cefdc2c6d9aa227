"""The base of all answers that adapters read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """Base of the answers. A validation error never quotes them: they hold tokens and posts."""

    model_config = ConfigDict(hide_input_in_errors=True, frozen=True)
