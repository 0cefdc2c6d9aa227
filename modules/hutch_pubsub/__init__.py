"""Events that vanish, over typed channels, and inboxes of events that wait."""

from hutch_pubsub.access import Authorise, everybody, only
from hutch_pubsub.bridges import sse, ws
from hutch_pubsub.channel import Channel, Topic
from hutch_pubsub.consuming import Delivery, consumer
from hutch_pubsub.errors import (
    EventsUnavailable,
    InboxNearlyFull,
    InboxUnavailable,
    InvalidChannel,
    InvalidInbox,
    InvalidMessage,
    PubsubError,
    SubscriberTooSlow,
    UnknownInbox,
    UnreadableEntry,
)
from hutch_pubsub.inbox import Inbox, InboxStores
from hutch_pubsub.inbox_admin import InboxAdmin
from hutch_pubsub.inbox_spec import InboxSpec
from hutch_pubsub.module import pubsub_module
from hutch_pubsub.on_redis import RedisEvents
from hutch_pubsub.port import Events, EventsStats, Gap, Message, Policy, Stream
from hutch_pubsub.settings import PubsubSettings
from hutch_pubsub.storage import (
    Added,
    Done,
    Entry,
    InboxStats,
    InboxStore,
    Kind,
    Shelf,
    Turn,
)

__all__ = [
    "Added",
    "Authorise",
    "Channel",
    "Delivery",
    "Done",
    "Entry",
    "Events",
    "EventsStats",
    "EventsUnavailable",
    "Gap",
    "Inbox",
    "InboxAdmin",
    "InboxNearlyFull",
    "InboxSpec",
    "InboxStats",
    "InboxStore",
    "InboxStores",
    "InboxUnavailable",
    "InvalidChannel",
    "InvalidInbox",
    "InvalidMessage",
    "Kind",
    "Message",
    "Policy",
    "PubsubError",
    "PubsubSettings",
    "RedisEvents",
    "Shelf",
    "Stream",
    "SubscriberTooSlow",
    "Topic",
    "Turn",
    "UnknownInbox",
    "UnreadableEntry",
    "consumer",
    "everybody",
    "only",
    "pubsub_module",
    "sse",
    "ws",
]
