"""The errors of SecondMe.

SecondMeError
├── ContactNotFound          there is no contact of this id
├── MessageNotFound          no such message waits for a person
├── PersonaNotFound          there is no persona of this id
├── PersonaStoreUnavailable  the personas cannot be read now
├── PausesUnknown            nobody knows now whether the bot may answer
├── NotSent                  WhatsApp did not take an answer; try again later
└── PairingFailed            no QR code could be had, or there is none any more
    └── PairingUnavailable   it cannot be looked at now; what was offered may still be good
"""


class SecondMeError(Exception):
    """Base of SecondMe's errors. No message of one holds what people wrote, or a number."""


class ContactNotFound(SecondMeError, LookupError):
    """There is no contact of this id."""


class MessageNotFound(SecondMeError, LookupError):
    """No such message waits for a person."""


class PersonaNotFound(SecondMeError, LookupError):
    """There is no persona of this id."""


class PersonaStoreUnavailable(SecondMeError):
    """The personas cannot be read now."""


class PausesUnknown(SecondMeError):
    """Nobody knows now whether the bot may answer."""


class NotSent(SecondMeError):
    """WhatsApp did not take an answer, and nothing was sent; try again later."""


class PairingFailed(SecondMeError):
    """No QR code could be had, or there is none any more."""


class PairingUnavailable(PairingFailed):
    """Who offers QR codes does not answer now; what was offered may still be good."""
