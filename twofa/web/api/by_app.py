"""The code of an authenticator app as second step, for programs."""

from flask import Blueprint, Response

from twofa.domain.access import Access
from twofa.domain.challenge import Purpose
from twofa.flows import second_step as flow
from twofa.flows import send_code
from twofa.flows.open_session import SignedIn
from twofa.web import session as browser
from twofa.web.api import bodies, carried, code_errors
from twofa.web.api.answers import Refused, refuse
from twofa.web.api.bodies import A_TOKEN
from twofa.web.api.input import body
from twofa.web.api.operation import OF_CODE, By, Operation
from twofa.web.code_errors import APP
from twofa.web.guard import access, takes_token
from twofa.web.route import describes
from twofa.web.words import NO_APP


def is_asked() -> bool:
    """Whether a code typed now is the app's: none was sent in this sign-in."""
    begun = send_code.current(browser.services(), browser.sign_in().id, Purpose.SIGN_IN)
    return begun is None


def take(asked: bodies.TypedCode) -> Response | None:
    """Take a code of the app; None where the account has no app."""
    services, caller, sign_in = browser.services(), browser.caller(), browser.sign_in()
    outcome = flow.with_app(services, caller, sign_in, token=browser.token(), typed=asked.code)
    if outcome is None:
        return None
    if isinstance(outcome, SignedIn):
        return carried.signed_in(outcome, second_step=True, token=asked.token)
    return refuse(*code_errors.explain(outcome, APP))


def add_to(session_api: Blueprint) -> None:
    """Add the route that takes a code of the app whatever else was begun."""
    session_api.add_url_rule("/app", view_func=app, methods=["POST"])


@access(Access.PENDING, json=True)
@takes_token
@describes(
    Operation(
        "Take the code of an authenticator app as the second step",
        (bodies.SignedIn(A_TOKEN),),
        asks=(bodies.TypedCode("123456", token=True),),
        by=By.SESSION,
        refuses=OF_CODE,
        limited=True,
    )
)
def app() -> Response:
    """Take the code of an authenticator app, after a password or after a code by phone."""
    found = take(body(bodies.TypedCode))
    if found is None:
        raise Refused(403, "no_way", str(NO_APP))
    return found
