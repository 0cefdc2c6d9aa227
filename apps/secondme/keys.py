"""Keys, spelled as the document has them; the app's prefix stands before each.

The rest are the defaults of the modules: ``PAUSE:{contactId}``, ``PAUSE:ALL``,
``COUNTER:{contactId}:msgs`` and ``SESSION:{userId}``.
"""

INBOX = "QUEUE:messages"
"""The stream of messages that wait."""

PERSONA = "CACHE:persona:{id}"
"""A persona, as long as it is cached."""

COUNTER = ("COUNTER", "msgs")
"""What stands before and behind the contact, where its messages of a minute are counted."""

EPOCH = ("ENABLED", "epoch")
"""Names the life of the Redis data. When it is lost, every contact has to be enabled again."""
