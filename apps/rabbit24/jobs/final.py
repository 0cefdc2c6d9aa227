"""The errors after which no other attempt helps."""

from kit.files import FileMissing
from kit.platforms import FailPermanent, NeedsReauth
from kit.publishing import PublicationNotFound
from rabbit24.services.errors import Missing, NoCredits, PublicationFailed, Refused

FINAL = (
    FailPermanent,
    FileMissing,
    Missing,
    NeedsReauth,
    NoCredits,
    PublicationFailed,
    PublicationNotFound,
    Refused,
)
