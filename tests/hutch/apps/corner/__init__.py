"""A package with an app in it."""
