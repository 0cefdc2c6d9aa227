"""The errors of this package.

HutchError
└── MetricsError
    ├── InvalidInstrument    an instrument, its labels or a count cannot be used
    ├── InvalidPeriod        a range of days or hours cannot be read
    └── MetricsUnavailable   the server that keeps the counts did not answer
"""

from hutch.errors import HutchError


class MetricsError(HutchError):
    """Base of this module's errors."""

    code = "metrics-error"


class InvalidInstrument(MetricsError, ValueError):
    """An instrument is declared wrongly, or used with other labels than it has."""

    code = "invalid-instrument"


class InvalidPeriod(MetricsError, ValueError):
    """A range of days or hours cannot be read."""

    code = "invalid-period"


class MetricsUnavailable(MetricsError):
    """The server that keeps the counts did not answer."""

    code = "metrics-unavailable"
