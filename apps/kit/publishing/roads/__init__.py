"""Roads: how a post gets onto each of the networks."""

from kit.publishing.roads.road import Road
from kit.publishing.roads.roads import Roads

__all__ = ["Road", "Roads"]
