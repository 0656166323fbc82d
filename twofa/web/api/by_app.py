"""The second step by authenticator app, as JSON."""

from flask import Blueprint, Response

from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions.access import Access
from twofa.flows.otp import send_code
from twofa.flows.sessions.open_session import SignedIn
from twofa.flows.sign_in import second_step as flow
from twofa.web.api import code_error_answers, schemas, token_answer
from twofa.web.api.input import body
from twofa.web.api.schemas import A_TOKEN
from twofa.web.api_docs.openapi_operation import OF_CODE, By, Operation
from twofa.web.code_step.code_errors import APP
from twofa.web.http.api_answers import Refused, refuse
from twofa.web.http.guard import access, takes_token
from twofa.web.http.route import describes
from twofa.web.sessions import browser
from twofa.web.text.sentences import NO_APP


def is_asked() -> bool:
    """API: return whether the authenticator app's code is expected: no other has been sent."""
    begun = send_code.current(browser.services(), browser.sign_in().id, Purpose.SIGN_IN)
    return begun is None


def take(fields: schemas.TypedCode) -> Response | None:
    """API: take a code of the authenticator app; return None where the account has no app."""
    services, caller, sign_in = browser.services(), browser.caller(), browser.sign_in()
    outcome = flow.with_app(services, caller, sign_in, token=browser.token(), typed=fields.code)
    if outcome is None:
        return None
    if isinstance(outcome, SignedIn):
        return token_answer.signed_in(outcome, second_step=True, token=fields.token)
    return refuse(*code_error_answers.explain(outcome, APP))


def add_to(session_api: Blueprint) -> None:
    """API: add the route that takes the authenticator app's code even if another was sent."""
    session_api.add_url_rule("/app", view_func=app, methods=["POST"])


@access(Access.PENDING, json=True)
@takes_token
@describes(
    Operation(
        "Take the code of an authenticator app as the second step",
        (schemas.SignedIn(A_TOKEN),),
        asks=(schemas.TypedCode("123456", token=True),),
        by=By.SESSION,
        refuses=OF_CODE,
        limited=True,
    )
)
def app() -> Response:
    """API: take a code of the authenticator app, after a password or a code by phone."""
    response = take(body(schemas.TypedCode))
    if response is None:
        raise Refused(403, "no_way", str(NO_APP))
    return response
