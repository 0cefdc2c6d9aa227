"""The demo: everything started, fed, watched and checked by one command."""
