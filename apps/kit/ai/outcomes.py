"""Refusals of a model that other platforms do not have.

FailPermanent
├── TooLong        the text does not fit into the model
├── Refused        the model, or a filter before it, does not want to
└── Misconfigured  a setting is wrong, whatever the text
"""

from __future__ import annotations

from kit.platforms import FailPermanent


class TooLong(FailPermanent):
    """The text is longer than the model takes: shorten it."""


class Refused(FailPermanent):
    """The model declines, or a filter keeps its answer back."""


class Misconfigured(FailPermanent):
    """The key, the model's name or its dimensions are wrong in the settings."""
