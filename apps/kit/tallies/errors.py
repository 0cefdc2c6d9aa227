"""What goes wrong with tallies."""

from __future__ import annotations

from hutch.errors import HutchError


class TalliesUnavailable(HutchError):
    """The server did not answer; what was read is not known, a step may be taken or not."""

    code = "tallies-unavailable"
