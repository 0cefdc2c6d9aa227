"""What the domain does; no Redis and no HTTP in sight."""
