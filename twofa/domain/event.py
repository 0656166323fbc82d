"""Every audit event as a three-part tag: source, subject, action."""

from enum import StrEnum


class Event(StrEnum):
    """What happened, for the account's history and the operator's log."""

    ACCOUNT_REGISTERED = "account:registration:asked"
    ACCOUNT_CONFIRMED = "account:email:confirmed"
    ACCOUNT_CREATED = "operator:account:created"
    ACCOUNT_DISABLED = "operator:account:disabled"
    ACCOUNT_ENABLED = "operator:account:enabled"
    TWOFA_RESET = "operator:2fa:reset"
    KEY_MADE = "operator:key:made"
    KEY_REVOKED = "operator:key:revoked"
    PASSWORD_RIGHT = "account:password:right"  # noqa: S105 - an event's tag
    PASSWORD_WRONG = "account:password:wrong"  # noqa: S105 - an event's tag
    PASSWORD_RESTS = "account:password:rests"  # noqa: S105 - an event's tag
    PHONE_REGISTERED = "account:phone:registered"
    PHONE_RECOGNISED = "account:phone:recognised"
    PHONE_LINKED = "account:phone:linked"
    RESET_ASKED = "account:reset:asked"
    PASSWORD_RESET = "account:password:reset"  # noqa: S105 - an event's tag
    PASSWORD_CHANGED = "account:password:changed"  # noqa: S105 - an event's tag
    SIGNED_IN = "account:session:opened"
    SIGNED_OUT = "account:session:ended"
    SESSION_REVOKED = "account:session:revoked"
    PROOF_GIVEN = "account:proof:given"
    PROOF_WRONG = "account:proof:wrong"
    CODE_SENT = "account:otp:queued"
    CODE_REFUSED = "account:otp:refused"
    CODE_RIGHT = "account:otp:right"
    CODE_WRONG = "account:otp:wrong"
    CODE_EXPIRED = "account:otp:expired"
    CODE_UNCHECKED = "account:otp:unchecked"
    CODE_EXHAUSTED = "account:otp:exhausted"
    CODE_RESTS = "account:otp:rests"
    CODE_SWITCHED_OFF = "account:otp:off"
    GUARD_SHUT = "guard:sends:shut"
    GUARD_WATCHED = "guard:sends:watched"
    GUARD_LIFTED = "operator:guard:lifted"
    APP_ADDED = "account:app:added"
    APP_REMOVED = "account:app:removed"
    APP_RIGHT = "account:app:right"
    APP_WRONG = "account:app:wrong"
    APP_REPLAYED = "account:app:replayed"
    APP_EXHAUSTED = "account:app:exhausted"
    APP_RESTS = "account:app:rests"
    APP_SWITCHED_OFF = "account:app:off"
    NUMBER_ADDED = "account:number:added"
    NUMBER_TAKEN = "account:number:taken"
    TWOFA_ON = "account:2fa:on"
    TWOFA_OFF = "account:2fa:off"
    RECOVERY_MADE = "account:recovery:made"
    RECOVERY_USED = "account:recovery:used"
    RECOVERY_WRONG = "account:recovery:wrong"
    PROFILE_CHANGED = "account:profile:changed"
