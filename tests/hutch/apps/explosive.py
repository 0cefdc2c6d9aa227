"""A module that nobody shall run by mistake."""

raise AssertionError("it was imported")
