"""Takes jobs and runs them."""
