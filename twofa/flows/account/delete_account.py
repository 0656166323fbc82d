"""The end of an account, by its owner."""

from twofa.domain.assurance import SignIn
from twofa.domain.errors import SignInLapsed
from twofa.domain.event import Event
from twofa.flows import code_tries, use_app, use_recovery_code
from twofa.flows.locking import account_lock
from twofa.flows.notify import write_mail
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import registrations, sessions, tries, users


def delete(services: Services, caller: Caller, sign_in: SignIn) -> None:
    """Delete an account and all that hangs on it; a second call in the same moment finds it done.

    What has happened stays in the history, without a name: the last event holds the id by which
    the account was known outside. Raises SignInLapsed where this session ended meanwhile.
    """
    now, person = services.clock(), sign_in.person
    # Two calls queue here, and the second one finds nothing.
    with account_lock(person.id, whole=True) as account:
        if account is None:
            return
        if not sessions.revoke(sign_in.id):
            raise SignInLapsed("the session ended meanwhile")
        sessions.revoke_all(person.id)
        # Kept for ever else: nobody is left who could be forgiven.
        code_tries.forgive_account(services, person.id)
        for factor in (use_app.APP, use_recovery_code.RECOVERY):
            tries.forgive(code_tries.budget_key(services, person.id, factor))
        users.forget(person.id)
        if person.email:
            registrations.forget_email(person.email)
        record(Event.ACCOUNT_DELETED, caller=caller, user_id=None, now=now, detail=person.public_id)
        if person.email:
            write_mail(services, to=person.email, name="deleted", user_id=None, now=now)
