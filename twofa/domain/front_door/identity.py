"""What an application behind the front door is told of a person: headers and the assertion."""

from datetime import datetime, timedelta
from urllib.parse import quote

from twofa.domain.sessions.assurance import Method, Person, SignIn
from twofa.domain.sessions.trusted_device import has_skipped

ASSERTION = "X-Twofa-Assertion"
HEADERS = ("Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups", ASSERTION)
"""Always sent, all of them: a proxy may keep a client's own header where the check sends none."""
TYPE = "twofa-assertion+jwt"
LIFETIME = timedelta(seconds=60)
AMR = {
    Method.PASSWORD.value: ("pwd",),
    Method.SMS.value: ("sms",),
    Method.APP.value: ("otp",),
    Method.RECOVERY.value: ("otp",),
    Method.PASSKEY.value: ("pop", "user"),
    Method.KEY.value: ("pop",),
}
"""The authentication method references (RFC 8176) by the method that was proved.

Without "hwk" or "swk": a session doesn't say whether its passkey can leave its device.
"""


def headers(person: Person | None) -> dict[str, str]:
    """Compute the front door's identity headers without the assertion; empty for None."""
    if person is None:
        return dict.fromkeys(HEADERS, "")
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    return {
        "Remote-User": person.public_id,
        "Remote-Email": header_text(person.email),
        "Remote-Name": header_text(name),
        "Remote-Groups": person.role,
    }


def header_text(text: str) -> str:
    """Compute a front-door header's value: printable ASCII, otherwise percent-encoded UTF-8."""
    is_plain = text.isascii() and text.isprintable() and "%" not in text
    return text if is_plain else quote(text.encode("utf-8", "replace"), safe=" @.+-")


def claims(
    sign_in: SignIn, *, issuer: str, audience: str, token_id: str, now: datetime
) -> dict[str, object]:
    """Compute the claims of the front door's assertion (JWT, RFC 7519); times in Unix seconds.

    ``second_at`` and ``email`` are there only where the session has them.
    """
    person, issued = sign_in.person, int(now.timestamp())
    found: dict[str, object] = {
        "iss": issuer,
        "aud": audience,
        "sub": person.public_id,
        "role": person.role,
        "amr": methods(sign_in.methods),
        "auth_time": int(sign_in.created_at.timestamp()),
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
        "jti": token_id,
    }
    if person.email:
        found |= {"email": person.email, "email_verified": True}
    if sign_in.second_step_at is not None and not has_skipped(sign_in):
        found["second_at"] = int(sign_in.second_step_at.timestamp())
    return found


def methods(proved: str) -> list[str]:
    """Compute the authentication method references (RFC 8176) of a session's methods.

    With "mfa" where two different factors were proved, or a passkey, which is two: a skipped step
    isn't one.
    """
    words = {word: AMR[word] for word in proved.split() if word in AMR}
    names = list(dict.fromkeys(name for those in words.values() for name in those))
    return [*names, "mfa"] if len(words) > 1 or Method.PASSKEY in words else names
