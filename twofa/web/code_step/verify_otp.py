"""/verify-otp: the second step of a sign-in, by text message code or by recovery code."""

from typing import Any

from flask import Response, request, url_for
from wtforms import BooleanField, StringField

from twofa.domain.accounts.second_factors import Way
from twofa.domain.errors import Throttled
from twofa.domain.otp import challenge
from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import Step, next_step
from twofa.domain.sessions.trusted_device import has_skipped
from twofa.flows.otp import code_step as flow
from twofa.flows.otp.code_step import Waiting
from twofa.flows.otp.verify_code import Rejection
from twofa.flows.sessions.open_session import SignedIn
from twofa.flows.sign_in import second_step
from twofa.flows.two_factor import factor_status
from twofa.web.code_step import code_errors, code_step, second_step_pages, verify_phone
from twofa.web.code_step.code_errors import Words
from twofa.web.code_step.code_step import CodeForm, CodeStep, Place
from twofa.web.http.guard import access
from twofa.web.http.headers import retry_after
from twofa.web.page.form_fields import Form, at_most, given, readable, strip, tabs_as_spaces
from twofa.web.page.pages import go, page
from twofa.web.passkeys.arrival import arrive
from twofa.web.sessions import browser, trusted_cookies
from twofa.web.text.language import gettext
from twofa.web.text.sentences import (
    ENTER_RECOVERY,
    OUT_OF_TRIES,
    OUT_OF_TRIES_OFF,
    USE_PASSKEY,
    WRONG_RECOVERY,
)

PAGES = {
    Way.PASSKEY: "verify_otp.passkey",
    Way.APP: "verify_otp.app",
    Way.SMS: "verify_otp.verify",
}
"""The page of the second step by the factor that is asked for first."""


class SecondStepForm(CodeForm):
    """The code of a sign-in, and the choice to trust this device."""

    trust = BooleanField()
    trust_days = 0
    """For how many days the device would be trusted; 0 where that isn't offered."""
    makes_up = False
    """True if this step was skipped when the session began."""


class RecoveryForm(Form):
    """One recovery code, in any case, with or without hyphens."""

    recovery_code = StringField(
        filters=[strip, tabs_as_spaces], validators=[given(ENTER_RECOVERY), at_most(64), readable]
    )


@second_step_pages.route("/verify-otp", methods=["GET", "POST"])
@access(Access.CODE)
def verify() -> Response:
    """Show the code page of the second step or of a sign-in by phone, or take its code."""
    if browser.maybe_visit() is not None:
        return code_step.take(verify_phone.STEP, verify_phone.judge)
    return code_step.take(STEP, _judge)


@second_step_pages.route("/verify-otp/recovery", methods=["GET", "POST"])
@access(Access.PENDING)
def recover() -> Response:
    """Show the code page that takes a recovery code as the second step, or take its form."""
    form = RecoveryForm()
    if not form.validate_on_submit():
        return _recovery_page(form, 422 if form.errors else 200)
    try:
        outcome = second_step.with_recovery_code(
            browser.services(),
            browser.caller(),
            browser.sign_in(),
            token=browser.token(),
            typed=form.recovery_code.data or "",
        )
    except Throttled as refusal:
        form.fails("recovery_code", code_errors.locked(refusal.wait, recovers=False))
        return retry_after(_recovery_page(form, 429), refusal.wait)
    if isinstance(outcome, SignedIn):
        return welcome(outcome)
    form.fails("recovery_code", WRONG_RECOVERY)
    return _recovery_page(form, 422)


def welcome(outcome: SignedIn) -> Response:
    """Open the session after the code page of its second step; redirect to its next page."""
    browser.begin(outcome, second_step=True)
    low = browser.services().policy.recovery_codes_low
    if outcome.codes_left is not None:
        browser.notice("warn", "code_used" if outcome.codes_left <= low else "phone_gone")
    return arrive(outcome)


def _recovery_page(form: RecoveryForm, status_code: int) -> Response:
    sign_in = browser.sign_in()
    by_phone = next_step(sign_in) is Step.PASSWORD
    ways = factor_status.load(browser.services(), sign_in).ways(by_phone=by_phone)
    return page("verify_recovery.html", status_code, form=form, by_phone=by_phone, ways=ways)


def _judge(form: Any) -> Response | Rejection:
    outcome = second_step.with_code(
        browser.services(), browser.caller(), browser.sign_in(),
        token=browser.token(), typed=form.code.data or "", trusts=bool(form.trust.data),
    )  # fmt: skip
    return welcome(outcome) if isinstance(outcome, SignedIn) else outcome


def _form(**values: Any) -> SecondStepForm:
    form, sign_in = SecondStepForm(**values), browser.sign_in()
    form.trust_days, form.makes_up = trusted_cookies.days(sign_in), has_skipped(sign_in)
    return form


def _elsewhere(waiting: Waiting) -> Response | None:
    """Return a redirect to the factor asked for first, until a code was sent.

    After the last attempt it leads to the sign-in.
    """
    begun = waiting.challenge
    if request.method == "POST":
        return None
    if begun is None:
        way = waiting.factors.first_way
        return None if way is Way.SMS else go(PAGES[way])
    return _start_again() if challenge.is_spent(begun, browser.services().policy) else None


def _start_again(_waiting: Waiting | None = None) -> Response | None:
    if has_skipped(browser.sign_in()):
        return None
    browser.notice("warn", "out_of_tries")
    return go("login.sign_in")


def _place(waiting: Waiting) -> Place:
    makes_up = has_skipped(browser.sign_in())
    back = (url_for("settings.overview"), gettext("Back to settings")) if makes_up else None
    way = waiting.factors.first_way
    if way is Way.PASSKEY:
        back = (url_for("verify_otp.passkey"), str(USE_PASSKEY))
    elif way is Way.APP:
        back = (url_for("verify_otp.app"), gettext("Use your authenticator app"))
    return Place(
        heading=gettext("Confirm it's you") if makes_up else gettext("Check your phone"),
        step="" if makes_up else gettext("Step 2 of 2"),
        recovery_url=url_for("verify_otp.recover"),
        back=back,
    )


STEP = CodeStep(
    page="verify_otp.verify",
    resend="verify_otp.resend",
    status="verify_otp.status",
    load=lambda: flow.waiting(browser.services(), browser.sign_in(), Purpose.SIGN_IN),
    send=lambda: flow.send(
        browser.services(), browser.caller(), browser.sign_in(), Purpose.SIGN_IN
    ),
    place=_place,
    form=_form,
    words=lambda _: Words(OUT_OF_TRIES_OFF if has_skipped(browser.sign_in()) else OUT_OF_TRIES),
    elsewhere=_elsewhere,
    ended=_start_again,
    looks_first=False,
)
code_step.add_views(
    second_step_pages, "/verify-otp", STEP, Access.CODE,
    choose=lambda: STEP if browser.maybe_visit() is None else verify_phone.STEP,
)  # fmt: skip
