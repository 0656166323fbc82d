"""The second step by recovery code, as JSON."""

from flask import Blueprint, Response

from twofa.domain.errors import Throttled
from twofa.domain.sessions.access import Access
from twofa.flows.sessions.open_session import SignedIn
from twofa.flows.sign_in import second_step as flow
from twofa.web.api import schemas, token_answer
from twofa.web.api.input import body
from twofa.web.api.schemas import A_TOKEN
from twofa.web.api_docs.openapi_operation import By, Operation
from twofa.web.http.api_answers import Refused
from twofa.web.http.guard import access, takes_token
from twofa.web.http.route import describes
from twofa.web.page.pages import duration
from twofa.web.sessions import browser
from twofa.web.text.sentences import RESTS, WRONG_RECOVERY


def add_to(session_api: Blueprint) -> None:
    """API: add the route that takes a recovery code."""
    session_api.add_url_rule("/recovery", view_func=recover, methods=["POST"])


@access(Access.PENDING, json=True)
@takes_token
@describes(
    Operation(
        "Take a recovery code as the second step",
        (schemas.SignedIn(A_TOKEN),),
        asks=(schemas.TypedRecoveryCode("01-7KQ2-M9XT-4HVC-8D2F", token=True),),
        by=By.SESSION,
        refuses={
            400: "recovery_code_required",
            401: "otp_invalid",
            409: "already_completed",
            429: "too_many_attempts",
        },
        limited=True,
    )
)
def recover() -> Response:
    """API: take a recovery code, after a password or a code by phone; each works once."""
    fields = body(schemas.TypedRecoveryCode)
    services, caller, sign_in = browser.services(), browser.caller(), browser.sign_in()
    try:
        outcome = flow.with_recovery_code(
            services, caller, sign_in, token=browser.token(), typed=fields.recovery_code
        )
    except Throttled as refusal:
        sentence = str(RESTS) % {"time": duration(refusal.wait)}
        raise Refused(429, "too_many_attempts", sentence, wait=refusal.wait) from None
    if isinstance(outcome, SignedIn):
        return token_answer.signed_in(outcome, second_step=True, token=fields.token)
    raise Refused(401, "otp_invalid", str(WRONG_RECOVERY))
