"""Start a sign-in by phone: a code to any number; whether it has an account shows afterwards."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from twofa.domain.errors import AccountDisabled
from twofa.domain.otp.challenge import Purpose, Visitor
from twofa.domain.sessions.assurance import SignIn, Visit
from twofa.domain.sms import phones
from twofa.domain.sms.phones import Ambiguous, Phone, PhoneFault
from twofa.flows import late_requests
from twofa.flows.context import Caller, Services
from twofa.flows.otp import send_code, verify_code
from twofa.flows.phone_sign_in import finish, pending_visit
from twofa.flows.phone_sign_in.finish import Admitted, NoWay
from twofa.flows.sessions import open_session, same_form
from twofa.flows.sessions.same_form import Opener
from twofa.storage.engine.db import reading, transaction
from twofa.storage.sessions import session_forms, sessions


@dataclass(frozen=True, slots=True, repr=False)
class VisitBegun:
    """A code is on its way, or isn't; the answer doesn't tell which. The visit's token."""

    token: str


@dataclass(frozen=True, slots=True, repr=False)
class DetailsNeeded:
    """The code was right and no account has the number: the visit continues under a new token."""

    token: str


Entered = Admitted | DetailsNeeded


def read(
    services: Services, caller: Caller, typed: str, country: str | None
) -> Phone | PhoneFault | Ambiguous:
    """Parse a number to sign in by phone; one served only if confirmed needs its known device."""
    policy = services.policy
    signs_up = policy.phone_sign_in == "sign_up"
    number = phones.parse(typed, country, policy, new=signs_up)
    if number is not PhoneFault.NOT_SERVED or not signs_up:
        return number
    served = phones.parse(typed, country, policy, new=False)
    if not isinstance(served, Phone):
        return served
    with reading():
        visitor = pending_visit.visitor_of(services, caller, served.e164)
    return number if visitor.device is None else served


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """The input of a request to sign in by phone."""

    phone: Phone
    remember: bool
    next_path: str | None
    old: SignIn | None
    """The browser's session, which is revoked."""
    visit: Visit | None
    """The browser's visit, which continues or ends."""
    form: str = ""
    """The CSRF token of the posted form: posted twice it begins one visit."""


def ask(services: Services, caller: Caller, asked: Request) -> VisitBegun | None:
    """Begin a sign-in by phone and send its code; answer and work are the same for every number.

    None where the visit continues: a double click, or a step back. A known device of the account
    asks within the limits of confirmed numbers, any other within those of new ones, so that a limit
    reveals to nobody which numbers have accounts. Raise AlreadyCompleted where the form's visit
    continued meanwhile.
    """
    return late_requests.retried(partial(_ask, services, caller, asked))


def _ask(services: Services, caller: Caller, asked: Request) -> VisitBegun | None:
    now, visit, number = services.clock(), asked.visit, asked.phone.e164
    with transaction():
        if visit is not None and send_code.is_on_its_way(
            services, visit.id, Purpose.PHONE, number, now
        ):
            if visit.remembered != asked.remember:
                session_forms.amend(visit.id, remembered=asked.remember, next_path=visit.next_path)
            return None
        digest = same_form.digest(services, asked.form, number)
        if (again := same_form.find(services, digest, now)) is not None:
            opened, opener = again
            session_forms.amend(opened.id, remembered=asked.remember, next_path=asked.next_path)
            return VisitBegun(opener.session)
        opener = same_form.opener(services, digest)
        for gone in (asked.old, visit):
            if gone is not None:
                sessions.revoke(gone.id)
        _begin(services, caller, asked, opener, now)
    return VisitBegun(opener.session)


def _begin(
    services: Services, caller: Caller, asked: Request, opener: Opener, now: datetime
) -> None:
    """Begin a visit and send its first code, in the open transaction."""
    visitor = pending_visit.visitor_of(services, caller, asked.phone.e164)
    visit_id = open_session.begin_visit(
        services, caller, asked.next_path, now, remembered=asked.remember, opener=opener
    )
    begun = send_code.issue(
        services, asked.phone, Purpose.PHONE, now,
        session_id=visit_id, user_id=None, visitor=visitor,
    )  # fmt: skip
    send_code.queue(services, caller, begun, now, silent=_is_silent(services, visitor))


def ask_again(
    services: Services, caller: Caller, visit: Visit
) -> send_code.Asked | send_code.TooSoon | None:
    """Send another code of a sign-in by phone; None where it is over or has no attempts left."""
    begun = pending_visit.current(services, caller, visit)
    if begun is None or begun.visitor is None:
        return None
    silent = _is_silent(services, begun.visitor)
    return send_code.send_again(services, caller, begun, silent=silent)


def with_code(
    services: Services, caller: Caller, visit: Visit, *, token: str, typed: str
) -> Entered | verify_code.Rejection:
    """Verify the code of a sign-in by phone; only now it shows whether an account has the number.

    Raise AccountDisabled, AlreadyCompleted.
    """
    begun = pending_visit.current(services, caller, visit)
    verdict = verify_code.guess(services, caller, begun, typed, token=token)
    if not isinstance(verdict, verify_code.CodeRight):
        return verdict
    # ``careful`` is of the limit charged: a known device's own, or that of all unknown ones.
    now, right, careful = services.clock(), verdict.challenge, verdict.was_guessed_at
    entered: Entered
    with transaction():
        owner = pending_visit.owner_of(services, right)
        verify_code.consume(services, caller, right, now, token=token)
        if owner is not None:
            entered = finish.admit(
                services, caller, visit, owner, right, token=token, now=now, careful=careful
            )
        elif careful:
            entered = finish.by_link(
                services, caller, visit, None, token=token, begun=right, now=now
            )
        else:
            entered = _as_stranger(services, visit, token, now)
    if owner is not None and owner.disabled_at is not None:
        raise AccountDisabled("disabled")
    return entered


def _is_silent(services: Services, visitor: Visitor) -> bool:
    """Return whether nothing is sent: nobody signs up here, and no account has the number."""
    return visitor.owner is None and services.policy.phone_sign_in != "sign_up"


def _as_stranger(
    services: Services, visit: Visit, token: str, now: datetime
) -> DetailsNeeded | NoWay:
    if services.policy.phone_sign_in != "sign_up":
        return finish.turn_away(visit)
    until = now + services.policy.details_lifetime
    return DetailsNeeded(pending_visit.renew(services, visit, token, until))
