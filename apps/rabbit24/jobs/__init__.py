"""One processor for each queue."""
