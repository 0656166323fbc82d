"""Coming in by phone: a code to a number, whoever has it; what comes of it shows afterwards."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain import phones
from twofa.domain.assurance import SignIn, Visit
from twofa.domain.challenge import Purpose, Visitor
from twofa.domain.errors import AccountDisabled, Duplicate
from twofa.domain.phones import Ambiguous, Phone, PhoneFault
from twofa.flows import admit_by_phone, open_session, same_form, send_code, verify, visits
from twofa.flows.admit_by_phone import Admitted, NoWay
from twofa.flows.services import Caller, Services
from twofa.storage import session_forms, sessions
from twofa.storage.db import reading, transaction


@dataclass(frozen=True, slots=True, repr=False)
class CodeNeeded:
    """A code is on its way, or isn't; nobody is told which. The visit's token."""

    token: str


@dataclass(frozen=True, slots=True, repr=False)
class DetailsNeeded:
    """The code was right and no account has the number: the visit goes on under a new token."""

    token: str


Entered = Admitted | DetailsNeeded


def read(
    services: Services, caller: Caller, typed: str, country: str | None
) -> Phone | PhoneFault | Ambiguous:
    """Read a typed number. Where only confirmed numbers are served, an own device may ask."""
    policy = services.policy
    signs_up = policy.phone_sign_in == "sign_up"
    number = phones.parse(typed, country, policy, new=signs_up)
    if number is not PhoneFault.NOT_SERVED or not signs_up:
        return number
    served = phones.parse(typed, country, policy, new=False)
    if not isinstance(served, Phone):
        return served
    with reading():
        visitor = visits.visitor_of(services, caller, served.e164)
    return number if visitor.device is None else served


def ask(
    services: Services,
    caller: Caller,
    phone: Phone,
    *,
    remember: bool,
    next_path: str | None,
    old: SignIn | None,
    visit: Visit | None,
    form: str = "",
) -> CodeNeeded | None:
    """Begin a visit and send a code; the same for every number, and the same work.

    None where the visit goes on: a second tap, or a look back. The same form (by its CSRF token
    ``form``) posted twice begins one visit. An account's own device asks within the limits of
    confirmed numbers, anybody else within those of new ones, so that a limit tells nobody which
    numbers have accounts. Raises AlreadyCompleted where the form's visit went on meanwhile.
    """

    def begin() -> CodeNeeded | None:
        now = services.clock()
        with transaction():
            waits = visit is not None and send_code.is_on_its_way(
                services, visit.id, Purpose.PHONE, phone.e164, now
            )
            if visit is not None and waits:
                if visit.remembered != remember:
                    session_forms.amend(visit.id, remembered=remember, next_path=visit.next_path)
                return None
            digest = same_form.digest(services, form, phone.e164)
            if (again := same_form.find(services, digest, now)) is not None:
                opened, opener = again
                session_forms.amend(opened.id, remembered=remember, next_path=next_path)
                return CodeNeeded(opener.session)
            opener = same_form.opener(services, digest)
            for gone in (old, visit):
                if gone is not None:
                    sessions.revoke(gone.id)
            visitor = visits.visitor_of(services, caller, phone.e164)
            visit_id = open_session.begin_visit(
                services, caller, next_path, now, remembered=remember, opener=opener
            )
            message_id = send_code.begin(
                services, caller, session_id=visit_id, user_id=None, purpose=Purpose.PHONE,
                phone=phone.e164, region=phone.region, now=now,
                visitor=visitor, silent=_is_silent(services, visitor),
            )  # fmt: skip
        if message_id:
            services.send_later(message_id)
        return CodeNeeded(opener.session)

    try:
        return begin()
    except Duplicate:  # the same form, posted in the same moment: now its visit shows
        return begin()


def ask_again(
    services: Services, caller: Caller, visit: Visit
) -> send_code.Asked | send_code.TooSoon | None:
    """Send another code of a visit; None where it is over or out of tries."""
    begun = visits.current(services, caller, visit)
    if begun is None or begun.visitor is None:
        return None
    silent = _is_silent(services, begun.visitor)
    return send_code.send_again(services, caller, begun, silent=silent)


def with_code(
    services: Services, caller: Caller, visit: Visit, *, token: str, typed: str
) -> Entered | verify.Verdict:
    """Judge the code of a visit; only now it shows whether an account has the number.

    Raises AccountDisabled, AlreadyCompleted.
    """
    begun = visits.current(services, caller, visit)
    visitor = begun.visitor if begun is not None else None
    verdict = verify.guess(services, caller, begun, typed, token=token)
    if visitor is None or not isinstance(verdict, verify.CodeRight):
        return verdict
    # Of the budget that it was paid from: a known device's own, or that of all unknown ones.
    careful = verdict.was_guessed_at
    now = services.clock()
    mail: str | None = None
    entered: Entered
    with transaction():
        owner = visits.owner_of(services, verdict.challenge)
        verify.consume(services, caller, verdict.challenge, now, token=token)
        if owner is None and careful:
            entered, mail = admit_by_phone.by_link(
                services, caller, visit, None, token=token, begun=verdict.challenge, now=now
            )
        elif owner is None:
            entered = _as_stranger(services, visit, token, now)
        else:
            entered, mail = admit_by_phone.admit(
                services,
                caller,
                visit,
                owner,
                verdict.challenge,
                token=token,
                now=now,
                careful=careful,
            )
    if mail:
        services.send_later(mail)
    if owner is not None and owner.disabled_at is not None:
        raise AccountDisabled("disabled")
    return entered


def _is_silent(services: Services, visitor: Visitor) -> bool:
    """Whether nothing is to be sent: nobody signs up here, and no account has the number."""
    return visitor.owner is None and services.policy.phone_sign_in != "sign_up"


def _as_stranger(
    services: Services, visit: Visit, token: str, now: datetime
) -> DetailsNeeded | NoWay:
    if services.policy.phone_sign_in != "sign_up":
        return admit_by_phone.turn_away(visit)
    until = now + services.policy.details_lifetime
    return DetailsNeeded(visits.renew(services, visit, token, until))
