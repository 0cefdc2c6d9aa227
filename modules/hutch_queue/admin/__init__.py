"""What operators and tests look at and change."""
