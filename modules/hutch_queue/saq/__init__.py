"""SAQ's interface over the storage."""
