"""From a call to a stored job, and its result back."""
