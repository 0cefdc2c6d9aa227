"""Jobs by cron or interval."""
