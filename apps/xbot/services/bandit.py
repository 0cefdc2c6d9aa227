"""Thompson sampling: try what may be best, more often the surer one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from numpy.random import default_rng

DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of an arm: its share of successes is Beta(alpha, beta).

    Attributes:
        alpha: The prior's and the successes.
        beta: The prior's and the failures.
    """

    name: str
    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """The expected share of successes."""
        return self.alpha / (self.alpha + self.beta)

    def range(self) -> tuple[float, float]:
        """Return between which two shares 9 of 10 draws lie."""
        # Always from one seed, so that a page does not flicker.
        draws = sorted(default_rng(0).beta(self.alpha, self.beta, DRAWS).tolist())
        return draws[DRAWS // 20], draws[-DRAWS // 20]


def choose(beliefs: Sequence[Belief], random: Random) -> Belief:
    """Choose the arm whose draw is the largest; the same seed makes the same choice.

    Source: Thompson, Biometrika 25 (1933); Chapelle and Li, NIPS 2011.

    Args:
        beliefs: At least one.
        random: Where the draws come from.
    """
    draws = [(random.betavariate(one.alpha, one.beta), -at) for at, one in enumerate(beliefs)]
    return beliefs[-max(draws)[1]]
