"""A vector: float32 numbers, not all zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.vectors.errors import WrongVector

Vector: TypeAlias = NDArray[np.float32]


def unit_vector(numbers: Sequence[float] | Vector, dimensions: int, whose: str) -> Vector:
    """Check numbers and make a vector of length 1 of them, as cosine needs it.

    Args:
        numbers: As a model gave them.
        dimensions: How many there have to be.
        whose: What the vector is of, for the message.

    Raises:
        WrongVector: There are more or fewer, one is no number, or all are zero.
    """
    given = np.asarray(numbers, dtype=np.float64)
    if given.shape != (dimensions,):
        raise WrongVector(
            f"{whose} has a vector of the shape {given.shape}, not ({dimensions},): "
            "do vectors of another model come in here?"
        )
    length = float(np.linalg.norm(given))
    if not (np.isfinite(length) and length > 0):
        raise WrongVector(f"{whose} has a vector of the length {length}: it has no direction.")
    return np.asarray(given / length, dtype=np.float32)
