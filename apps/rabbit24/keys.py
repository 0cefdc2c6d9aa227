"""The channels of rabbit24, spelled as its document has them."""


def posts_published(brand_profile_id: str) -> tuple[str, ...]:
    """Name the channel that tells of a brand's published posts."""
    return ("posts", "published", brand_profile_id)
