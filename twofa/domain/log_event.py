"""What anybody may cause without an account: for the operator's log and graphs alone.

An event of an account is a row in its history (domain.event). These have no row: whoever knocks
at the door a million times would fill the table.
"""

from enum import StrEnum


class Trace(StrEnum):
    """What was refused at a door, or happened to a message on its way."""

    HOST_REJECTED = "door:host:rejected"
    ORIGIN_REJECTED = "door:origin:rejected"
    CSRF_FAILED = "door:csrf:failed"
    NEXT_REJECTED = "door:next:rejected"
    GUARD_DENIED = "door:guard:denied"
    RATE_EXCEEDED = "door:rate:exceeded"
    INPUT_REJECTED = "door:input:rejected"
    CODE_REPLAYED = "door:otp:replayed"
    WEBHOOK_REJECTED = "webhook:receipt:rejected"
    WEBHOOK_REPEATED = "webhook:receipt:repeated"
    SEND_ACCEPTED = "message:text:accepted"
    SEND_FAILED = "message:text:failed"
    DELIVERY_CHANGED = "message:text:changed"
