"""Every event as a tag in snake case: what it concerns, then what happened.

Where the OWASP Logging Vocabulary has a word for an event, the tag is that word; docs/events.md
has the rule for all others. A member is named as its tag.
"""

from enum import StrEnum


class Event(StrEnum):
    """What happened, for the account's history and the operator's log."""

    REGISTRATION_REQUESTED = "registration_requested"
    USER_CREATED = "user_created"
    USER_CREATED_BY_OPERATOR = "user_created_by_operator"
    USER_CREATED_BY_PHONE = "user_created_by_phone"
    USER_UPDATED = "user_updated"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    USER_DELETED = "user_deleted"
    AUTHZ_CHANGE = "authz_change"
    DATA_EXPORTED = "data_exported"
    AUTHN_LOGIN_SUCCESS = "authn_login_success"
    AUTHN_LOGIN_FAIL = "authn_login_fail"
    AUTHN_LOGIN_LOCK = "authn_login_lock"
    AUTHN_LOGIN_NEW_DEVICE = "authn_login_new_device"
    AUTHN_LOGOUT = "authn_logout"
    AUTHN_PASSWORD_CHANGE = "authn_password_change"  # noqa: S105 - an event's tag
    AUTHN_TOKEN_CREATED = "authn_token_created"  # noqa: S105 - an event's tag
    AUTHN_TOKEN_REVOKED = "authn_token_revoked"  # noqa: S105 - an event's tag
    PASSWORD_SUCCESS = "password_success"  # noqa: S105 - an event's tag
    PASSWORD_SUCCESS_AFTER_FAIL = "password_success_after_fail"  # noqa: S105 - an event's tag
    PASSWORD_RESET_REQUESTED = "password_reset_requested"  # noqa: S105 - an event's tag
    PASSWORD_RESET = "password_reset"  # noqa: S105 - an event's tag
    TAKEOVER_REPORTED = "takeover_reported"
    REAUTHENTICATION_SUCCESS = "reauthentication_success"
    REAUTHENTICATION_FAIL = "reauthentication_fail"
    SESSION_EXPIRED = "session_expired"
    SESSION_REVOKED = "session_revoked"
    APP_SESSION_CREATED = "app_session_created"
    APP_SESSION_REVOKED = "app_session_revoked"
    OTP_SENT = "otp_sent"
    OTP_RESENT = "otp_resent"
    OTP_SEND_REFUSED = "otp_send_refused"
    OTP_SUCCESS = "otp_success"
    OTP_FAIL = "otp_fail"
    OTP_EXPIRED = "otp_expired"
    OTP_CHECK_UNAVAILABLE = "otp_check_unavailable"
    OTP_ATTEMPTS_EXHAUSTED = "otp_attempts_exhausted"
    OTP_FAIL_AFTER_PASSWORD = "otp_fail_after_password"  # noqa: S105 - an event's tag
    OTP_LOCK = "otp_lock"
    OTP_DISABLED = "otp_disabled"
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    TOTP_SUCCESS = "totp_success"
    TOTP_FAIL = "totp_fail"
    TOTP_REPLAYED = "totp_replayed"
    TOTP_ATTEMPTS_EXHAUSTED = "totp_attempts_exhausted"
    TOTP_LOCK = "totp_lock"
    TOTP_DISABLED = "totp_disabled"
    RECOVERY_CODES_GENERATED = "recovery_codes_generated"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODE_FAIL = "recovery_code_fail"
    TRUSTED_DEVICE_ADDED = "trusted_device_added"
    TRUSTED_DEVICE_USED = "trusted_device_used"
    TRUSTED_DEVICE_REVOKED = "trusted_device_revoked"
    TRUSTED_DEVICE_REJECTED = "trusted_device_rejected"
    TWOFA_ENABLED = "twofa_enabled"
    TWOFA_DISABLED = "twofa_disabled"
    TWOFA_RESET = "twofa_reset"
    TWOFA_REMINDER_SENT = "twofa_reminder_sent"
    PHONE_ADDED = "phone_added"
    PHONE_CLAIMED = "phone_claimed"
    PHONE_CHANGE_REQUESTED = "phone_change_requested"
    PHONE_CURRENT_CONFIRMED = "phone_current_confirmed"
    PHONE_CHANGED = "phone_changed"
    PHONE_REMOVED = "phone_removed"
    PHONE_SIGN_IN_RECOGNISED = "phone_sign_in_recognised"
    PHONE_SIGN_IN_LINK_USED = "phone_sign_in_link_used"
    PHONE_SIGN_IN_RESTRICTED = "phone_sign_in_restricted"
    EMAIL_CONFIRMED = "email_confirmed"
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    EMAIL_CHANGED = "email_changed"
    NOTICE_REFUSED = "notice_refused"
    FRAUD_GUARD_BLOCKED = "fraud_guard_blocked"
    FRAUD_GUARD_WATCHED = "fraud_guard_watched"
    FRAUD_GUARD_UNBLOCKED = "fraud_guard_unblocked"
    EXCESS_NETWORK_FAILURES = "excess_network_failures"
    EXCESS_CODE_FAILURES = "excess_code_failures"
    MAIL_BUDGET_LOW = "mail_budget_low"
    ENCRYPTION_KEY_ROTATED = "encryption_key_rotated"
    SIGNING_KEY_ROTATED = "signing_key_rotated"
