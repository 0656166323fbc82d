"""Sign-in by phone as JSON: the number, its code, then the details or the password."""

from flask import Blueprint, Response
from wtforms import ValidationError

from twofa.domain.accounts import person_names
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import Visit
from twofa.domain.sms import phones
from twofa.domain.sms.phones import Ambiguous, Phone, PhoneFault
from twofa.flows.otp import send_code, verify_code
from twofa.flows.phone_sign_in import finish, pending_visit, sign_up, start
from twofa.flows.sessions.open_session import SignedIn
from twofa.web.api import code_error_answers, schemas, token_answer
from twofa.web.api.delivery_status import sent, too_soon
from twofa.web.api.input import body, invalid
from twofa.web.api.schemas import A_TOKEN
from twofa.web.api_docs.openapi_operation import By, Operation
from twofa.web.code_step import verify_phone
from twofa.web.http.api_answers import Refused, answer, refuse
from twofa.web.http.guard import access, takes_token
from twofa.web.http.route import describes
from twofa.web.page.form_fields import address_in
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import NOTICES, PHONE_FAULT, SECOND_STEP_DUE, WRONG_PASSWORD


def ask(fields: schemas.PhoneSignIn) -> Response:
    """API: send a code to a number; the response is the same whether or not an account has it."""
    services, caller = browser.services(), browser.caller()
    number = number_in(start.read(services, caller, fields.phone, fields.country or None))
    request = start.Request(
        number, fields.remember, None, old=browser.maybe_sign_in(), visit=browser.maybe_visit()
    )
    outcome = start.ask(services, caller, request)
    # Where a code is already on its way, the visit keeps its token.
    token = outcome.token if outcome is not None else browser.token()
    return answer(
        schemas.OtpRequired(
            phones.mask(number.e164), token_answer.pending(token, asked=fields.token)
        )
    )


def number_in(parsed: Phone | PhoneFault | Ambiguous) -> Phone:
    """Return the number of an API request; raise Refused where it is invalid or ambiguous."""
    match parsed:
        case PhoneFault():
            raise invalid("phone", PHONE_FAULT[parsed])
        case Ambiguous((here, abroad)):
            sentence = gettext(
                "This may be %(here)s or %(abroad)s. Send the one you mean, with its "
                "plus sign.",
                here=phones.written(here), abroad=phones.written(abroad),
            )  # fmt: skip
            raise Refused(422, "phone_ambiguous", sentence)
    return parsed


def take(visit: Visit, fields: schemas.TypedCode) -> Response:
    """API: take the code of a visit; only a right one discloses if an account has the number."""
    outcome = start.with_code(
        browser.services(), browser.caller(), visit, token=browser.token(), typed=fields.code
    )
    match outcome:
        case SignedIn():
            return token_answer.signed_in(outcome, second_step=False, token=fields.token)
        case start.DetailsNeeded(token):
            return answer(schemas.DetailsRequired(token_answer.pending(token, asked=fields.token)))
        case finish.PasswordNeeded(token):
            return answer(schemas.PasswordRequired(token_answer.pending(token, asked=fields.token)))
        case finish.LinkNeeded(token):
            return answer(schemas.LinkRequired(token_answer.pending(token, asked=fields.token)))
        case finish.NoWay():
            token_answer.leave_cookie()
            raise Refused(403, "no_way", str(NOTICES["no_way"]))
    return _refuse(outcome)


def resend(visit: Visit) -> Response:
    """API: send another code for a visit, the pending session of a phone sign-in."""
    services, caller = browser.services(), browser.caller()
    outcome = start.ask_again(services, caller, visit)
    if isinstance(outcome, send_code.TooSoon):
        return too_soon(outcome.wait)
    challenge = pending_visit.current(services, caller, visit)
    if outcome is None or challenge is None:
        return _refuse(verify_code.OutOfTries(verify_code.Ended.SIGN_IN, 1))
    return answer(sent(challenge, tells=verify_phone.tells()))


def add_to(session_api: Blueprint) -> None:
    """API: add the routes for the steps of a phone sign-in after a right code."""
    session_api.add_url_rule("/details", view_func=details, methods=["POST"])
    session_api.add_url_rule("/password", view_func=password, methods=["POST"])


@access(Access.VISIT, json=True)
@takes_token
@describes(
    Operation(
        "Make the account of a number that was proved",
        (schemas.SignedIn(A_TOKEN),),
        asks=(schemas.Details("Ada", "Byron", "ada@example.com", token=True),),
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
    """API: create the account of the number confirmed by a visit, and sign in."""
    services, visit = browser.services(), browser.visit()
    fields = body(schemas.Details)
    challenge = pending_visit.proof(services, visit)
    if challenge is None:
        raise Refused(403, "otp_required", str(SECOND_STEP_DUE))
    if visit.needs_link or pending_visit.has_account(services, challenge):
        raise Refused(403, "link_required", gettext("Open the link we emailed you."))
    try:
        email = address_in(fields.email)
    except ValidationError as fault:
        raise invalid("email", fault) from None
    first, last = person_names.clean(fields.first_name), person_names.clean(fields.last_name)
    for name, value in (("first_name", first), ("last_name", last)):
        if not 0 < len(value) <= person_names.LENGTH:
            raise invalid(name)
    signed_in = sign_up.make_account(
        services, browser.caller(), visit, first_name=first, last_name=last, email=email
    )
    return token_answer.signed_in(signed_in, second_step=False, token=fields.token)


@access(Access.PASSWORD, json=True)
@takes_token
@describes(
    Operation(
        "Take the password as the second step of who came by phone",
        (schemas.SignedIn(A_TOKEN),),
        asks=(schemas.TypedPassword("quiet-lantern-42-orbit", token=True),),
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
    """API: take the password as the second step of a phone sign-in."""
    fields = body(schemas.TypedPassword)
    outcome = finish.with_password(
        browser.services(),
        browser.caller(),
        browser.sign_in(),
        token=browser.token(),
        password=fields.password,
    )
    if isinstance(outcome, SignedIn):
        return token_answer.signed_in(outcome, second_step=True, token=fields.token)
    raise Refused(401, "credentials_invalid", str(WRONG_PASSWORD))


def _refuse(rejection: verify_code.Rejection) -> Response:
    return refuse(*code_error_answers.explain(rejection, verify_phone.WORDS))
