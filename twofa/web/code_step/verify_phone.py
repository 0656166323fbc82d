"""The code page of a sign-in by phone: the second step's page, for a visit."""

from typing import Any

from flask import Response, request, url_for

from twofa.domain.otp import challenge
from twofa.flows.otp.code_step import Waiting
from twofa.flows.otp.verify_code import Rejection
from twofa.flows.phone_sign_in import pending_visit, start
from twofa.flows.phone_sign_in.finish import LinkNeeded, NoWay, PasswordNeeded
from twofa.flows.sessions.open_session import SignedIn
from twofa.web.code_step.code_errors import Words
from twofa.web.code_step.code_step import CodeStep, Place
from twofa.web.page.pages import go
from twofa.web.passkeys.arrival import arrive
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import OUT_OF_TRIES_PHONE, UNCHECKED_NUMBER

WORDS = Words(OUT_OF_TRIES_PHONE, UNCHECKED_NUMBER, recovers=False)


def judge(form: Any) -> Response | Rejection:
    """Judge the code posted on a visit's code page; return its response or the rejection."""
    outcome = start.with_code(
        browser.services(), browser.caller(), browser.visit(),
        token=browser.token(), typed=form.code.data or "",
    )  # fmt: skip
    match outcome:
        case SignedIn():
            browser.begin(outcome, second_step=False)
            return arrive(outcome)
        case start.DetailsNeeded(token):
            browser.begin_pending(token)
            return go("phone.details")
        case PasswordNeeded(token):
            browser.begin_pending(token)
            return go("verify_password.verify")
        case LinkNeeded(token):
            browser.begin_pending(token)
            return go("phone.link_sent")
        case NoWay():
            browser.end()
            browser.notice("warn", "no_way")
            return go("login.sign_in")
    return outcome


def tells() -> bool:
    """Return whether a visit's code step may show the delivery state: if every number gets one."""
    return browser.services().policy.phone_sign_in == "sign_up"


def _elsewhere(waiting: Waiting) -> Response | None:
    begun = waiting.challenge
    if begun is None:
        return go("phone.ask")
    if begun.consumed_at is not None:
        return go("phone.details")
    is_spent = challenge.is_spent(begun, browser.services().policy)
    return _start_again(waiting) if is_spent and request.method != "POST" else None


def _start_again(_waiting: Waiting) -> Response:
    pending_visit.leave(browser.visit())
    browser.end()
    browser.notice("warn", "out_of_tries_phone")
    return go("phone.ask")


def _place(_waiting: Waiting) -> Place:
    return Place(
        heading=gettext("Check your phone"),
        back=(url_for("phone.ask"), gettext("Change number")),
        tells=tells(),
    )


STEP = CodeStep(
    page="verify_otp.verify",
    resend="verify_otp.resend",
    status="verify_otp.status",
    load=lambda: pending_visit.waiting(browser.services(), browser.caller(), browser.visit()),
    send=lambda: start.ask_again(browser.services(), browser.caller(), browser.visit()),
    place=_place,
    words=lambda _: WORDS,
    elsewhere=_elsewhere,
    ended=_start_again,
)
