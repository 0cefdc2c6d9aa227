"""Logistic regression: learns from successes and failures, and says how likely a success is."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xbot.services.features import Features

BIAS = "bias"
FOLDS = 5
_ROUNDS = 30
_CLOSE = 1e-6
# Beyond it exp overflows, and the answer is certain anyway.
_CERTAIN = 30.0

Weights = dict[str, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """One post and whether it was a success."""

    id: str
    features: Features
    success: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a model foretells samples that it was not trained with.

    Attributes:
        accuracy: The share that it gets right.
        baseline: The share that one gets right by always saying what is more frequent.
    """

    accuracy: float
    baseline: float


def fit(samples: Sequence[Sample], penalty: float) -> Weights:
    """Find the weights that make the samples most likely; the same samples give the same ones.

    Newton's method on the likelihood with an L2 penalty, from zero.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1.

    Args:
        samples: At least one.
        penalty: On the squares of all weights but the bias's.
    """
    names = [BIAS, *sorted({name for sample in samples for name in sample.features})]
    inputs = _matrix(samples, names)
    outputs = np.array([sample.success for sample in samples], dtype=float)
    # A little on the bias too: where all samples are alike it would grow without end.
    costs = np.diag([1e-3, *[penalty] * (len(names) - 1)])
    weights = np.zeros(len(names))
    for _ in range(_ROUNDS):
        step = _step(inputs, outputs, costs, weights)
        weights += step
        if np.abs(step).max() < _CLOSE:
            break
    return dict(zip(names, map(float, weights), strict=True))


def score(weights: Weights, features: Features) -> float:
    """Say how likely a success is, from 0 to 1; names without a weight count nothing."""
    total = weights.get(BIAS, 0.0)
    total += sum(weights.get(name, 0.0) * value for name, value in features.items())
    return float(_likely(np.array([total]))[0])


def quality(samples: Sequence[Sample], penalty: float) -> Quality:
    """Measure a model by cross-validation: each sample is foretold by one that has not seen it."""
    folds = [zlib.crc32(sample.id.encode()) % FOLDS for sample in samples]
    right = 0
    for fold in range(FOLDS):
        seen = [s for s, its in zip(samples, folds, strict=True) if its != fold]
        unseen = [s for s, its in zip(samples, folds, strict=True) if its == fold]
        if seen and unseen:
            weights = fit(seen, penalty)
            right += sum((score(weights, s.features) >= 0.5) == s.success for s in unseen)
    successes = sum(sample.success for sample in samples)
    frequent = max(successes, len(samples) - successes)
    return Quality(right / len(samples), frequent / len(samples))


def _matrix(samples: Sequence[Sample], names: list[str]) -> NDArray[np.float64]:
    rows = [[1.0, *(s.features.get(name, 0.0) for name in names[1:])] for s in samples]
    return np.array(rows, dtype=float)


def _step(
    inputs: NDArray[np.float64],
    outputs: NDArray[np.float64],
    costs: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    likely = _likely(inputs @ weights)
    slope = inputs.T @ (outputs - likely) - costs @ weights
    bend = (inputs.T * (likely * (1 - likely))) @ inputs + costs
    found: NDArray[np.float64] = np.linalg.solve(bend, slope).astype(np.float64)
    return found


def _likely(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded: NDArray[np.float64] = np.clip(totals, -_CERTAIN, _CERTAIN)
    return 1 / (1 + np.exp(-bounded))
