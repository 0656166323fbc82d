"""Log events: what anybody can cause without an account, for the operator's log and graphs.

An event of an account is a row (domain.events). These have none: a million requests from
strangers would fill the table.
"""

from enum import StrEnum


class LogEvent(StrEnum):
    """A refused request, or the result of a message. Tags follow the OWASP Logging Vocabulary."""

    HOST_REJECTED = "host_rejected"
    FRONT_DOOR_REJECTED = "front_door_rejected"
    OIDC_REQUEST_REJECTED = "oidc_request_rejected"
    OIDC_TOKEN_REFUSED = "oidc_token_refused"  # noqa: S105 - an event's tag
    MALICIOUS_CORS = "malicious_cors"
    CSRF_FAIL = "csrf_fail"
    REDIRECT_REJECTED = "redirect_rejected"
    AUTHZ_FAIL = "authz_fail"
    EXCESS_RATE_LIMIT_EXCEEDED = "excess_rate_limit_exceeded"
    INPUT_VALIDATION_FAIL = "input_validation_fail"
    OTP_REPLAYED = "otp_replayed"
    WEBHOOK_REJECTED = "webhook_rejected"
    WEBHOOK_REPLAYED = "webhook_replayed"
    SMS_MESSAGE_ACCEPTED = "sms_message_accepted"
    SMS_MESSAGE_FAILED = "sms_message_failed"
    SMS_MESSAGE_UPDATED = "sms_message_updated"
