"""Sessions of visitors under secret ids, and credentials that an app keeps for its users."""

from hutch_session.credentials import Credential, Credentials
from hutch_session.current import CurrentSession, session_of
from hutch_session.errors import (
    InvalidProfile,
    InvalidSession,
    SessionConflict,
    SessionError,
    SessionGone,
    SessionsUnavailable,
    SessionTooLarge,
    UnknownProfile,
)
from hutch_session.module import credentials_module, session_module
from hutch_session.port import Sessions
from hutch_session.profiles import SessionProfile
from hutch_session.session import Json, Session, SessionInfo
from hutch_session.settings import SessionSettings

__all__ = [
    "Credential",
    "Credentials",
    "CurrentSession",
    "InvalidProfile",
    "InvalidSession",
    "Json",
    "Session",
    "SessionConflict",
    "SessionError",
    "SessionGone",
    "SessionInfo",
    "SessionProfile",
    "SessionSettings",
    "SessionTooLarge",
    "Sessions",
    "SessionsUnavailable",
    "UnknownProfile",
    "credentials_module",
    "session_module",
    "session_of",
]
