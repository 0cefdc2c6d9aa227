"""The errors of this package.

HutchError
└── PubsubError
    ├── InvalidChannel        a channel's template or a part of its scope cannot be used
    ├── InvalidInbox          an inbox or a consumer is declared in a way that cannot work
    ├── InvalidMessage        a value does not fit its channel or inbox; nothing is sent
    ├── UnknownInbox          no module declares the inbox
    ├── EventsUnavailable     the events' server did not answer
    ├── InboxUnavailable      the inbox's server did not answer, or has no room
    ├── InboxNearlyFull       an inbox has 80 % of the entries that it may have
    ├── SubscriberTooSlow     a subscriber with the policy "disconnect" did not read in time
    └── UnreadableEntry       an entry of an inbox does not fit its model
"""

from hutch.errors import HutchError


class PubsubError(HutchError):
    """Base of this module's errors."""

    code = "pubsub-error"


class InvalidChannel(PubsubError, ValueError):
    """A channel's template or a part of its scope cannot be used."""

    code = "invalid-channel"


class InvalidInbox(PubsubError, ValueError):
    """An inbox or a consumer is declared in a way that cannot work."""

    code = "invalid-inbox"


class InvalidMessage(PubsubError, ValueError):
    """A value does not fit its channel or inbox; nothing is sent."""

    code = "invalid-message"


class UnknownInbox(PubsubError):
    """No module declares the inbox."""

    code = "unknown-inbox"


class EventsUnavailable(PubsubError):
    """The server of the events did not answer; an event may have been heard or not."""

    code = "events-unavailable"


class InboxUnavailable(PubsubError):
    """The server of the inbox did not answer; it is not known to have the message."""

    code = "inbox-unavailable"


class InboxNearlyFull(PubsubError):
    """An inbox has 80 % of the entries that it may have."""

    code = "inbox-nearly-full"


class SubscriberTooSlow(PubsubError):
    """A subscriber with the policy ``disconnect`` did not read in time."""

    code = "subscriber-too-slow"


class UnreadableEntry(PubsubError, ValueError):
    """An entry of an inbox does not fit its model; the message holds no content."""

    code = "unreadable-entry"


def shown(error: Exception) -> str:
    """Name an error for the log; the message of a store's error may quote arguments."""
    return f"{type(error).__name__} {str(error).partition(' ')[0]}"
