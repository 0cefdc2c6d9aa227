"""24Rabbit: write a post, approve it, and have it published exactly once."""
