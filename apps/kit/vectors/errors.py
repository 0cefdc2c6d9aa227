"""The errors of vectors.

HutchError
└── VectorsError
    ├── WrongVector           a vector of another length, or one without a direction
    ├── InvalidTag            a tag whose name not every database can look for
    └── VectorsUnavailable    the database has no pgvector
"""

from hutch.errors import HutchError


class VectorsError(HutchError):
    """Base of these errors."""

    code = "vectors-error"


class WrongVector(VectorsError, ValueError):
    """A vector does not fit into its space."""

    code = "wrong-vector"


class InvalidTag(VectorsError, ValueError):
    """A tag has a name that not every database can look for."""

    code = "invalid-tag"


class VectorsUnavailable(VectorsError):
    """The backend that the settings choose cannot work on this database."""

    code = "vectors-unavailable"
