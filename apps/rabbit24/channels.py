"""The channels of rabbit24, spelled as its document has them."""

from hutch_pubsub import Channel
from rabbit24.schemas import PostPublished

POSTS_PUBLISHED = Channel("posts:published:{brand_profile_id}", PostPublished)
"""A brand's posts, when they are published."""
