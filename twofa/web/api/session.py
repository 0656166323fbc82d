"""/api/session: sign in, second step, current session and sign out, for first-party clients."""

from datetime import UTC, datetime

from flask import Blueprint, Response

from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions import tokens
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import is_on
from twofa.domain.sms import phones
from twofa.flows.otp import code_step, send_code, verify_code
from twofa.flows.phone_sign_in import pending_visit
from twofa.flows.sessions import open_session, revoke_session
from twofa.flows.sign_in import password_sign_in, second_step
from twofa.flows.two_factor import factor_status
from twofa.storage.sessions import sessions
from twofa.web.api import (
    by_app,
    by_phone,
    by_recovery_code,
    code_error_answers,
    schemas,
    token_answer,
)
from twofa.web.api.delivery_status import sent, too_soon
from twofa.web.api.input import body, has
from twofa.web.api.schemas import A_TOKEN
from twofa.web.api_docs.openapi_operation import OF_CODE, By, Operation
from twofa.web.http import rate_limits
from twofa.web.http.api_answers import Refused, answer, refuse
from twofa.web.http.guard import access, knows_session, takes_token
from twofa.web.http.route import describes
from twofa.web.sessions import browser
from twofa.web.text.sentences import WRONG_CREDENTIALS

session_api = Blueprint("session_api", __name__, url_prefix="/api/session")

NUMBER = "+1 ••• ••• ••23"
ADA = schemas.User("5f0c", "ada@example.com", "Ada", "Byron", NUMBER, "user")
UNTIL = datetime(2030, 1, 31, 12, tzinfo=UTC)


@session_api.get("")
@access(Access.SIGNED_IN, json=True)
@takes_token
@describes(
    Operation(
        "Who is signed in",
        (schemas.Session(ADA, True, True, ["password", "sms"], UNTIL),),
        by=By.SESSION,
        refuses={403: "otp_required"},
    )
)
def who() -> Response:
    """API: return the signed-in account and its session."""
    sign_in = browser.sign_in()
    person = sign_in.person
    phone = factor_status.load(browser.services(), sign_in).number
    user = schemas.User(
        person.public_id,
        person.email,
        person.first_name,
        person.last_name,
        phones.mask(phone) if phone else None,
        person.role,
    )
    return answer(
        schemas.Session(
            user,
            is_on(person),
            sign_in.second_step_at is not None,
            sign_in.methods.split(),
            sign_in.expires_at,
        )
    )


@session_api.post("")
@access(Access.PUBLIC, json=True)
@knows_session
@takes_token
@describes(
    Operation(
        "Sign in with address and password, or with a phone number",
        (schemas.SignedIn(A_TOKEN), schemas.OtpRequired(NUMBER, A_TOKEN)),
        asks=(
            schemas.PasswordSignIn("ada@example.com", "quiet-lantern-42-orbit", token=True),
            schemas.PhoneSignIn("+1 415 555 0123", token=True),
        ),
        refuses={
            400: "email_required password_required phone_required phone_invalid",
            401: "credentials_invalid",
            403: "account_disabled",
            422: "phone_ambiguous",
            429: "throttled",
            503: "busy",
        },
        limited=True,
    )
)
def sign_in() -> Response:
    """API: sign in with address and password; a code follows where two-factor sign-in is on."""
    if browser.services().policy.phone_sign_in != "off" and has("phone"):
        return by_phone.ask(body(schemas.PhoneSignIn))
    fields = body(schemas.PasswordSignIn)
    outcome = password_sign_in.with_password(
        browser.services(),
        browser.caller(),
        email=fields.email,
        password=fields.password,
        remember=fields.remember,
        next_path=None,
        old=browser.maybe_sign_in(),
    )
    if isinstance(outcome, password_sign_in.WrongCredentials):
        raise Refused(401, "credentials_invalid", str(WRONG_CREDENTIALS))
    if isinstance(outcome, open_session.SignedIn):
        return token_answer.signed_in(outcome, second_step=False, token=fields.token)
    to = _number(outcome.token)
    return answer(schemas.OtpRequired(to, token_answer.pending(outcome.token, asked=fields.token)))


@session_api.delete("")
@access(Access.PUBLIC, json=True)
@knows_session
@takes_token
@describes(Operation("Sign out", (schemas.SignedOut(),), by=By.MAYBE))
def sign_out() -> Response:
    """API: revoke this session, complete or pending; without one do nothing."""
    sign_in = browser.maybe_sign_in()
    if sign_in is not None:
        revoke_session.sign_out(browser.services(), browser.caller(), sign_in)
    visit = browser.maybe_visit()
    if visit is not None:
        pending_visit.leave(visit)
    token_answer.leave_cookie()
    return answer(schemas.SignedOut())


@session_api.post("/otp")
@access(Access.CODE, json=True)
@takes_token
@describes(
    Operation(
        "Take the code of the second step",
        (
            schemas.SignedIn(A_TOKEN),
            schemas.DetailsRequired(A_TOKEN),
            schemas.PasswordRequired(A_TOKEN),
            schemas.LinkRequired(A_TOKEN),
        ),
        asks=(schemas.TypedCode("123456", token=True),),
        by=By.SESSION,
        refuses={**OF_CODE, 403: "no_way account_disabled", 503: "unavailable"},
        limited=True,
    )
)
def otp() -> Response:
    """API: take the code of the second step; a right one completes the sign-in under a new token.

    Until a code was sent, the authenticator app's code is expected where the account has an app.
    """
    fields = body(schemas.TypedCode)
    visit = browser.maybe_visit()
    if visit is not None:
        return by_phone.take(visit, fields)
    app_response = by_app.take(fields) if by_app.is_asked() else None
    if app_response is not None:
        return app_response
    services, caller, sign_in = browser.services(), browser.caller(), browser.sign_in()
    outcome = second_step.with_code(
        services, caller, sign_in, token=browser.token(), typed=fields.code
    )
    if isinstance(outcome, open_session.SignedIn):
        return token_answer.signed_in(outcome, second_step=True, token=fields.token)
    return refuse(*code_error_answers.explain(outcome))


@session_api.post("/otp/resend")
@access(Access.CODE, json=True)
@takes_token
@describes(
    Operation(
        "Send another code",
        (schemas.Sent("queued", 60, 300, 5),),
        by=By.SESSION,
        refuses={429: "too_many_attempts throttled"},
        limited=True,
    )
)
def resend() -> Response:
    """API: send another code of the second step, or the first where none was sent yet."""
    visit = browser.maybe_visit()
    if visit is not None:
        return by_phone.resend(visit)
    services, sign_in = browser.services(), browser.sign_in()
    outcome = code_step.send(services, browser.caller(), sign_in, Purpose.SIGN_IN)
    if isinstance(outcome, send_code.TooSoon):
        return too_soon(outcome.wait)
    challenge = send_code.current(services, sign_in.id, Purpose.SIGN_IN)
    if outcome is None or challenge is None:
        ended = verify_code.OutOfTries(verify_code.Ended.SIGN_IN, 1)
        return refuse(*code_error_answers.explain(ended))
    return answer(sent(challenge))


by_app.add_to(session_api)
by_recovery_code.add_to(session_api)
by_phone.add_to(session_api)
session_api.after_request(rate_limits.tell)


def _number(token: str) -> str | None:
    """Return the masked number to which the code of a new sign-in goes, or None without a code."""
    services = browser.services()
    found = sessions.find(tokens.digest(token))
    begun = found and send_code.current(services, found.id, Purpose.SIGN_IN)
    return phones.mask(begun.phone) if begun else None
