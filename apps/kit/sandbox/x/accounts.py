"""X's accounts: short-lived tokens, and refresh tokens that work once."""

from datetime import timedelta

LIFETIME = timedelta(hours=2)
