"""What a session lacks for a policy of the front door: passkeys, and the rules beside them."""

from datetime import UTC, datetime, timedelta

import pytest

from twofa.domain.front_door.hosts import HostPolicy
from twofa.domain.front_door.requirements import Lack, lack
from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import Person, SignIn

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO, TICK = NOW - timedelta(minutes=20), timedelta(microseconds=1)
MAX_AGE = timedelta(minutes=10)


def sign_in(methods, *, on=True, second_step=LONG_AGO, proved=LONG_AGO, role="user"):
    since = LONG_AGO - timedelta(days=1) if on else None
    person = Person(1, "public", "ada@example.com", "Ada", "", role, since, None, LONG_AGO)
    return SignIn(
        id=1, person=person, methods=methods, created_at=LONG_AGO, second_step_at=second_step,
        proved_at=proved, seen_at=NOW, expires_at=NOW + timedelta(hours=1), remembered=False,
        next_path=None,
    )  # fmt: skip


PLAIN, SECOND = HostPolicy(), HostPolicy(second=True)
STRONG = HostPolicy(phishing_resistant=True)
BOTH = HostPolicy(second=True, phishing_resistant=True)
STRICT = HostPolicy(phishing_resistant=True, max_age=MAX_AGE)
RECENT = HostPolicy(max_age=MAX_AGE)
ADMIN = HostPolicy(roles=frozenset({"admin"}), phishing_resistant=True)
AT_LIMIT, TOO_OLD = NOW - MAX_AGE, NOW - MAX_AGE - TICK
CASES = {
    "a passkey": (STRONG, sign_in("passkey"), Lack.NOTHING),
    "a passkey without 2FA": (STRONG, sign_in("passkey", on=False), Lack.NOTHING),
    "a passkey as second step": (STRONG, sign_in("password passkey"), Lack.NOTHING),
    "a security key as second step": (STRONG, sign_in("password key"), Lack.NOTHING),
    "a code": (STRONG, sign_in("password sms"), Lack.PASSKEY),
    "a password": (STRONG, sign_in("password", on=False, second_step=None), Lack.PASSKEY),
    "a skipped step": (STRONG, sign_in("password trusted"), Lack.PASSKEY),
    "a skipped step made up by a code": (STRONG, sign_in("password trusted sms"), Lack.PASSKEY),
    "a skipped step made up": (STRONG, sign_in("password trusted passkey"), Lack.NOTHING),
    "a passkey, and the second step is due again": (
        STRONG, sign_in("password passkey", second_step=None), Lack.SESSION
    ),
    "another role": (ADMIN, sign_in("password sms"), Lack.ROLE),
    "the role, and a code": (ADMIN, sign_in("password sms", role="admin"), Lack.PASSKEY),
    "a passkey is two factors": (SECOND, sign_in("passkey", on=False), Lack.NOTHING),
    "a passkey after a password, too": (
        SECOND, sign_in("password passkey", on=False), Lack.NOTHING
    ),
    "a security key is one factor": (SECOND, sign_in("password key", on=False), Lack.FACTOR),
    "the passkey is asked for first": (
        BOTH, sign_in("password", on=False, second_step=None), Lack.PASSKEY
    ),
    "a security key for both": (BOTH, sign_in("password key", on=False), Lack.FACTOR),
    "a passkey for both": (BOTH, sign_in("passkey", on=False), Lack.NOTHING),
    "a recent passkey": (STRICT, sign_in("passkey", second_step=AT_LIMIT), Lack.NOTHING),
    "a passkey too long ago": (STRICT, sign_in("passkey", second_step=TOO_OLD), Lack.PASSKEY),
    "a password doesn't renew it": (STRICT, sign_in("passkey", proved=NOW), Lack.PASSKEY),
    "a recent code": (STRICT, sign_in("password sms", second_step=NOW), Lack.PASSKEY),
    "2FA turned on and off since": (
        STRICT, sign_in("password passkey", on=False, second_step=None, proved=NOW), Lack.PASSKEY
    ),
    "any recent proof": (RECENT, sign_in("passkey", proved=AT_LIMIT), Lack.NOTHING),
    "no recent proof": (RECENT, sign_in("passkey"), Lack.FRESH_PROOF),
    "nothing asked": (PLAIN, sign_in("password", on=False, second_step=None), Lack.NOTHING),
}  # fmt: skip


@pytest.mark.parametrize(("host_policy", "who", "lacking"), CASES.values(), ids=CASES)
def test_what_a_session_lacks(host_policy, who, lacking):
    assert lack(host_policy, who, Policy(), NOW) is lacking
