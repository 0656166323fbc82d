"""Making an account for a number that no account has, once its code was right."""

from twofa.domain import tokens
from twofa.domain.assurance import Method, Visit
from twofa.domain.errors import SignInLapsed
from twofa.domain.event import Event
from twofa.flows import open_session, phone_factor, unconfirmed_mail, visits
from twofa.flows.open_session import Opening, SignedIn
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.storage import sessions, users
from twofa.storage.db import transaction


def make_account(
    services: Services, caller: Caller, visit: Visit, *, first_name: str, last_name: str, email: str
) -> SignedIn:
    """Make the account of the number that was proved in this visit, and sign in: once.

    Its address counts for nothing until the mailed link is used. One that another account has
    gets the same answer; its owner is told. Raises SignInLapsed without a proof that counts,
    Duplicate where the number got an account in the same moment.
    """
    begun = visits.proof(services, visit)
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
        record(Event.PHONE_REGISTERED, caller=caller, user_id=user_id, now=now)
        unconfirmed_mail.ask(
            services, caller, limits=services.policy.registration_mails, email=email,
            user_id=user_id, names=("confirm", "taken"), now=now,
        )  # fmt: skip
        opening = Opening(user_id, Method.SMS.value, visit.remembered, visit.next_path, now)
        return open_session.by_phone(services, caller, opening, now, is_first=True)
