"""One controller for each resource."""
