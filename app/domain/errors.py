"""What can go wrong in the domain, as four kinds with a stable code.

The edge (`app/errors.py`) turns a kind into an HTTP status and a code into a Vietnamese sentence;
nothing here knows about either.
"""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A refusal with a stable `code` and machine-readable `details`."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, Any] = details


class NotFound(DomainError):
    """It does not exist, or the actor may not know that it does: the two look alike on purpose."""


class NotAllowed(DomainError):
    """The actor may see the subject but not do this to it."""


class Invalid(DomainError):
    """What was sent breaks a rule; nothing was changed."""


class TooMuch(DomainError):
    """More than may be sent in a day or a minute; nothing was changed and it may come later (`retry_in` seconds)."""


class TooOld(DomainError):
    """The asking program is too old to understand the answer; what it wants to send is taken all the same."""


class OtherUser(DomainError):
    """The session belongs to somebody else than the work that is to be sent or read in it."""


class OutOfDate(DomainError):
    """The subject has moved on since the actor looked at it."""
