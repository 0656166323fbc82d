"""Coming in by phone, for programs: a number, its code, then the details or the password."""

from flask import Blueprint, Response
from wtforms import ValidationError

from twofa.domain import names, phones
from twofa.domain.access import Access
from twofa.domain.assurance import Visit
from twofa.domain.phones import Ambiguous, Phone, PhoneFault
from twofa.flows import admit_by_phone, register_by_phone, send_code, verify, visits
from twofa.flows import enter_by_phone as flow
from twofa.flows.open_session import SignedIn
from twofa.web import session as browser
from twofa.web import visit_code
from twofa.web.api import bodies, carried, code_errors
from twofa.web.api.answers import Refused, answer, refuse
from twofa.web.api.bodies import A_TOKEN
from twofa.web.api.input import body, invalid
from twofa.web.api.operation import By, Operation
from twofa.web.api.standing import sent, too_soon
from twofa.web.fields import address_in
from twofa.web.guard import access, takes_token
from twofa.web.language import gettext
from twofa.web.route import describes
from twofa.web.words import (
    NOTICES,
    PHONE_FAULT,
    SECOND_STEP_DUE,
    WRONG_PASSWORD,
)


def ask(asked: bodies.PhoneSignIn) -> Response:
    """Send a code to a number; the same answer whether or not an account has it."""
    services, caller = browser.services(), browser.caller()
    number = number_in(flow.read(services, caller, asked.phone, asked.country or None))
    request = flow.Request(
        number, asked.remember, None, old=browser.maybe_sign_in(), visit=browser.maybe_visit()
    )
    outcome = flow.ask(services, caller, request)
    # Where a code is on its way already, the visit goes on under the token that it has.
    token = outcome.token if outcome is not None else browser.token()
    return answer(
        bodies.OtpRequired(phones.mask(number.e164), carried.pending(token, asked=asked.token))
    )


def number_in(found: Phone | PhoneFault | Ambiguous) -> Phone:
    """Return the number; raises Refused where it is none, or may be either of two."""
    match found:
        case PhoneFault():
            raise invalid("phone", PHONE_FAULT[found])
        case Ambiguous((here, abroad)):
            said = gettext(
                "This may be %(here)s or %(abroad)s. Send the one that is meant, with its plus.",
                here=phones.written(here), abroad=phones.written(abroad),
            )  # fmt: skip
            raise Refused(422, "phone_ambiguous", said)
    return found


def take(visit: Visit, asked: bodies.TypedCode) -> Response:
    """Take the code of who comes by phone; only now it shows whose number it is."""
    outcome = flow.with_code(
        browser.services(), browser.caller(), visit, token=browser.token(), typed=asked.code
    )
    match outcome:
        case SignedIn():
            return carried.signed_in(outcome, second_step=False, token=asked.token)
        case flow.DetailsNeeded(token):
            return answer(bodies.DetailsRequired(carried.pending(token, asked=asked.token)))
        case admit_by_phone.PasswordNeeded(token):
            return answer(bodies.PasswordRequired(carried.pending(token, asked=asked.token)))
        case admit_by_phone.LinkNeeded(token):
            return answer(bodies.LinkRequired(carried.pending(token, asked=asked.token)))
        case admit_by_phone.NoWay():
            carried.leave_cookie()
            raise Refused(403, "no_way", str(NOTICES["no_way"]))
    return _refuse(outcome)


def resend(visit: Visit) -> Response:
    """Send another code of who comes by phone."""
    services, caller = browser.services(), browser.caller()
    outcome = flow.ask_again(services, caller, visit)
    if isinstance(outcome, send_code.TooSoon):
        return too_soon(outcome.wait)
    begun = visits.current(services, caller, visit)
    if outcome is None or begun is None:
        return _refuse(verify.OutOfTries(verify.Ended.SIGN_IN, 1))
    return answer(sent(begun, tells=visit_code.tells()))


def add_to(session_api: Blueprint) -> None:
    """Add the routes that follow a right code."""
    session_api.add_url_rule("/details", view_func=details, methods=["POST"])
    session_api.add_url_rule("/password", view_func=password, methods=["POST"])


@access(Access.VISIT, json=True)
@takes_token
@describes(
    Operation(
        "Make the account of a number that was proved",
        (bodies.SignedIn(A_TOKEN),),
        asks=(bodies.Details("Ada", "Byron", "ada@example.com", token=True),),
        by=By.SESSION,
        refuses={
            400: "first_name_required last_name_required email_required email_invalid",
            403: "otp_required link_required",
            409: "conflict",
        },
        limited=True,
    )
)
def details() -> Response:
    """Make the account of the number that was proved, and sign in."""
    services, visit = browser.services(), browser.visit()
    asked = body(bodies.Details)
    begun = visits.proof(services, visit)
    if begun is None:
        raise Refused(403, "otp_required", str(SECOND_STEP_DUE))
    if visit.needs_link or visits.has_account(services, begun):
        raise Refused(403, "link_required", gettext("Open the link that we mailed you."))
    try:
        email = address_in(asked.email)
    except ValidationError as fault:
        raise invalid("email", fault) from None
    first, last = names.clean(asked.first_name), names.clean(asked.last_name)
    for name, value in (("first_name", first), ("last_name", last)):
        if not 0 < len(value) <= names.LENGTH:
            raise invalid(name)
    made = register_by_phone.make_account(
        services, browser.caller(), visit, first_name=first, last_name=last, email=email
    )
    return carried.signed_in(made, second_step=False, token=asked.token)


@access(Access.PASSWORD, json=True)
@takes_token
@describes(
    Operation(
        "Take the password as the second step of who came by phone",
        (bodies.SignedIn(A_TOKEN),),
        asks=(bodies.TypedPassword("quiet-lantern-42-orbit", token=True),),
        by=By.SESSION,
        refuses={
            400: "password_required",
            401: "credentials_invalid",
            403: "otp_required",
            409: "already_completed",
            429: "throttled",
            503: "busy",
        },
        limited=True,
    )
)
def password() -> Response:
    """Take the password as the second step."""
    asked = body(bodies.TypedPassword)
    outcome = admit_by_phone.with_password(
        browser.services(),
        browser.caller(),
        browser.sign_in(),
        token=browser.token(),
        password=asked.password,
    )
    if isinstance(outcome, SignedIn):
        return carried.signed_in(outcome, second_step=True, token=asked.token)
    raise Refused(401, "credentials_invalid", str(WRONG_PASSWORD))


def _refuse(rejection: verify.Rejection) -> Response:
    return refuse(*code_errors.explain(rejection, visit_code.WORDS))
