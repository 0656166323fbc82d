"""The label of each encrypted value, and the input of each keyed digest.

A value is decrypted only with the label that it was encrypted with (AES-GCM's associated data),
so that it can't be moved to another row. The prefix of a keyed digest's input separates the uses
of one key. Labels must never change: stored values were made with them.
"""

from twofa.domain.sms.sms_fraud import Door


def message(message_id: str) -> str:
    """Compute the label (AES-GCM associated data) that binds a queued message to its row."""
    return message_id


def challenge_phone(challenge_id: str) -> str:
    """Compute the label (AES-GCM associated data) of the number that a challenge's codes go to."""
    return challenge_id


def hosted_code(challenge_id: str) -> str:
    """Compute the label (AES-GCM associated data) of a provider's reference to a hosted code."""
    return f"pin:{challenge_id}"


def phone(user_id: int) -> str:
    """Compute the label (AES-GCM associated data) that binds a confirmed number to its account."""
    return f"phone:{user_id}"


def totp_secret(user_id: int) -> str:
    """Compute the label (AES-GCM associated data) that binds a TOTP secret to its account."""
    return f"app:{user_id}"


def enrolment(session_id: int) -> str:
    """Compute the label (AES-GCM associated data) of a TOTP secret until its first right code."""
    return f"enrolment:{session_id}"


def recovery_set(session_id: int) -> str:
    """Compute the label (AES-GCM associated data) of the recovery codes that a session shows."""
    return f"recovery-set:{session_id}"


def takeover_link(digest: bytes) -> str:
    """Compute the label (AES-GCM associated data) of what a "this wasn't me" link restores."""
    return f"wasnt-me:{digest.hex()}"


def notice(key: bytes) -> str:
    """Compute the label (AES-GCM associated data) of a notice that waits to be mailed."""
    return f"notice:{key.hex()}"


def block(tag: str) -> str:
    """Compute the label (AES-GCM associated data) of the name of a blocked range or country."""
    return f"block:{tag}"


def subject(name: str) -> str:
    """Compute the label (AES-GCM associated data) of the number that an API key's subject names."""
    return f"subject:{name}"


def signing_key(kid: str) -> str:
    """Compute the label (AES-GCM associated data) that binds a private signing key to its id."""
    return f"signing:{kid}"


ADDRESS_COOKIE = "address cookie"
"""The label of the address that a cookie keeps for the sign-in page."""

COOKIE = "cookie"
"""The label of a value that a cookie carries encrypted."""


def attempts(factor: str, whose: int | str) -> bytes:
    """Compute the label (HMAC input) for counting an account's or number's wrong codes."""
    return f"code\0{factor}\0{whose}".encode()


def guess(whose: str, code: str) -> bytes:
    """Compute the domain-separated label (HMAC input) of an attempt's code while it is compared."""
    return f"guess\0{whose}\0{code}".encode()


def password_attempts(email_key: str, device: str) -> bytes:
    """Compute the domain-separated label (HMAC input) for counting an address's wrong passwords."""
    return f"password\0{email_key}\0{device}".encode("utf-8", "surrogatepass")


def confirmation_attempts(link: str) -> bytes:
    """Compute the label (HMAC input) for counting wrong passwords for a registration's link."""
    return f"confirm\0{link}".encode()


def session_name(session_id: int) -> bytes:
    """Compute the domain-separated label (HMAC input) of a session's name on pages."""
    return f"session\0{session_id}".encode()


def host_session(session_id: int, host: str) -> bytes:
    """Compute the domain-separated label (HMAC input) of a host session's name on pages."""
    return f"host session\0{session_id}\0{host}".encode()


def host_form(token_digest: bytes) -> bytes:
    """Compute the domain-separated label (HMAC input) of the sign-out form at a host."""
    return b"host form\0" + token_digest


def oidc_sid(session_id: int, client_row: int) -> bytes:
    """Compute the label (HMAC input) of the id under which a client of OpenID knows a session."""
    return f"oidc sid\0{session_id}\0{client_row}".encode()


def oidc_session(session_id: int, client_row: int) -> bytes:
    """Compute the domain-separated label (HMAC input) of a client's session's name on pages."""
    return f"oidc session\0{session_id}\0{client_row}".encode()


def guest_ceremony(head: bytes, token: str, browser: str) -> bytes:
    """Compute the label (HMAC input) of the challenge of a sign-in by passkey.

    ``head`` is its nonce and its expiry, of fixed length.
    """
    tail = f"{token}\0{browser}".encode("utf-8", "surrogatepass")
    return b"passkey sign-in\0" + head + tail


def trusted_name(trusted_id: int) -> bytes:
    """Compute the domain-separated label (HMAC input) of a trusted device's name on pages."""
    return f"trusted\0{trusted_id}".encode()


def trusted_cookie(user_id: int) -> bytes:
    """Compute the domain-separated label (HMAC input) of a trusted-device cookie's name."""
    return f"trusted by\0{user_id}".encode()


def mailbox(user_id: int, email_key: str) -> bytes:
    """Compute the domain-separated label (HMAC input) of an account's notices to one mailbox."""
    return f"notice\0{user_id}\0{email_key}".encode("utf-8", "surrogatepass")


def mail_queue(network: str) -> bytes:
    """Compute the label (HMAC input) of a network's queue of mails to unconfirmed addresses."""
    return f"mail queue\0{network}".encode()


def failure(kind: str, name: str) -> bytes:
    """Compute the domain-separated label (HMAC input) under which alarms count failures."""
    return f"failure\0{kind}\0{name}".encode("utf-8", "surrogatepass")


def api_request(kind: str, key_id: int, *parts: str) -> bytes:
    """Compute the domain-separated label (HMAC input) of a request by an API key."""
    return "\0".join((kind, str(key_id), *parts)).encode()


def form(whose: int | str, token: str) -> bytes:
    """Compute the domain-separated label (HMAC input) of a form posted by an account or number."""
    return f"form\0{whose}\0{token}".encode("utf-8", "surrogatepass")


def opened_by_form(kind: str, nonce: bytes, form_digest: bytes) -> bytes:
    """Compute the label (HMAC input) of the token of a session that a posted form opened."""
    return b"opened by form\0" + kind.encode() + b"\0" + nonce + form_digest


def phone_link(visit_id: int, challenge_id: str) -> bytes:
    """Compute the domain-separated label (HMAC input) of the email link of a sign-in by phone."""
    return f"phone link\0{visit_id}\0{challenge_id}".encode()


def conversion(door: str, kind: str, name: str) -> bytes:
    """Compute the domain-separated label (HMAC input) for codes to a range or country, by source.

    The source "phone" is left out of it, as in releases that counted all sources together.
    """
    parts = ("conversion", kind, name) if door == Door.PHONE else ("conversion", door, kind, name)
    return "\0".join(parts).encode()


def send_limit(scope: str, seconds: int, key: str) -> bytes:
    """Compute the domain-separated label (HMAC input) under which a send limit counts one key."""
    return f"{scope}\0{seconds}\0{key}".encode()


def code(challenge_id: str, code: str) -> bytes:
    """Compute the domain-separated label (HMAC input) of a code of a challenge."""
    return f"otp1\0{challenge_id}\0{code}".encode()


def receipt(gateway_name: str, message_id: str) -> bytes:
    """Compute the domain-separated label (HMAC input) of the URL for a message's receipts."""
    return f"{gateway_name}\0{message_id}".encode()
