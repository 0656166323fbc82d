"""Create an account for a number that has none, once its code was right."""

from twofa.domain.errors import SignInLapsed
from twofa.domain.events import Event
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import Method, Visit
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import unconfirmed_email
from twofa.flows.otp import phone_factor
from twofa.flows.phone_sign_in import pending_visit
from twofa.flows.sessions import open_session
from twofa.flows.sessions.open_session import Opening, SignedIn
from twofa.storage.accounts import users
from twofa.storage.engine.db import transaction
from twofa.storage.sessions import sessions


def make_account(
    services: Services, caller: Caller, visit: Visit, *, first_name: str, last_name: str, email: str
) -> SignedIn:
    """Sign up by phone: create the account of the number proved in this visit, and sign in, once.

    Its address counts for nothing until the email link is used. One that another account has gets
    the same answer; its owner is notified. Raise SignInLapsed without a proof that counts,
    Duplicate where the number got an account in the same moment.
    """
    begun = pending_visit.proof(services, visit)
    if begun is None or visit.needs_link or services.policy.phone_sign_in != "sign_up":
        raise SignInLapsed("no number was proved, or too long ago")
    now = services.clock()
    with transaction():
        if not sessions.end_visit(visit.id):
            raise SignInLapsed("the account was made in the same moment")
        user_id = users.add_by_phone(
            public_id=tokens.name(services.random),
            first_name=first_name,
            last_name=last_name,
            now=now,
        )
        phone_factor.confirm(services, user_id, begun.phone, now, signs_in=True)
        record(Event.USER_CREATED_BY_PHONE, caller=caller, user_id=user_id, now=now)
        unconfirmed_email.ask(
            services, caller, limits=services.policy.registration_mails, email=email,
            user_id=user_id, names=("confirm", "taken"), now=now,
        )  # fmt: skip
        opening = Opening(user_id, Method.SMS.value, visit.remembered, visit.next_path, now)
        return open_session.open_complete(services, caller, opening, now, is_first=True)
