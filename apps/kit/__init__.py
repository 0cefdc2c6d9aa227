"""What the apps share with the outside world: platform adapters and their sandbox."""
