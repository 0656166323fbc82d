"""Delete an account, for its owner."""

from twofa.domain.emails import Reader
from twofa.domain.errors import SignInLapsed
from twofa.domain.events import Event
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import write_mail
from twofa.flows.otp import code_attempts
from twofa.flows.recovery_codes import verify_recovery_code
from twofa.flows.totp import verify_totp
from twofa.storage.accounts import registrations, users
from twofa.storage.limits import attempt_limits
from twofa.storage.sessions import sessions


def delete(services: Services, caller: Caller, sign_in: SignIn) -> None:
    """Delete an account and all that belongs to it, for its owner; at once again, do nothing.

    Its events stay, without a name: the last one holds the id by which the account was known
    outside. Raise SignInLapsed where this session ended meanwhile.
    """
    now, person = services.clock(), sign_in.person
    # Two calls queue here, and the second one finds nothing.
    with account_lock(person.id, whole=True) as account:
        if account is None:
            return
        if not sessions.revoke(sign_in.id):
            raise SignInLapsed("the session ended meanwhile")
        sessions.revoke_all(person.id)
        # These counts would stay for ever: no wrong code will be forgiven any more.
        code_attempts.forgive_account(services, person.id)
        for factor in (verify_totp.APP, verify_recovery_code.RECOVERY):
            attempt_limits.forgive(code_attempts.budget_key(services, person.id, factor))
        users.forget(person.id)
        if person.email:
            registrations.forget_email(person.email)
        record(Event.USER_DELETED, caller=caller, user_id=None, now=now, detail=person.public_id)
        if person.email:
            write_mail(
                services, to=person.email, name="deleted", user_id=None, now=now,
                reader=Reader(person.first_name, sign_in.time_zone),
            )  # fmt: skip
