"""/verify-otp: the second step of a sign-in, by code or by recovery code."""

from flask import Blueprint, Response, g, url_for
from wtforms import BooleanField, StringField

from twofa.domain import phones
from twofa.domain.access import Access
from twofa.domain.assurance import Step, next_step
from twofa.domain.challenge import Challenge, Purpose
from twofa.domain.errors import Throttled
from twofa.domain.remembering import has_skipped
from twofa.flows import second_step as flow
from twofa.flows import see_factors, send_code
from twofa.flows.open_session import SignedIn
from twofa.web import code_page, trusted, visit_code
from twofa.web import session as browser
from twofa.web.code_page import CodeForm, Place
from twofa.web.fields import Form, at_most, given, readable, strip, tabs_as_spaces
from twofa.web.guard import access
from twofa.web.language import gettext
from twofa.web.pages import duration, go, go_to, page
from twofa.web.words import (
    ENTER_RECOVERY,
    OUT_OF_TRIES,
    OUT_OF_TRIES_OFF,
    RESTS,
    WRONG_RECOVERY,
)

verify_otp = Blueprint("verify_otp", __name__)


class SecondStepForm(CodeForm):
    """The code of a sign-in, and whether this browser may skip it for a while."""

    trust = BooleanField()
    trust_days = 0
    """For how many days it may; 0 where that isn't offered."""
    makes_up = False
    """Whether it was skipped when this session began."""


class RecoveryForm(Form):
    """One recovery code, in any case, with or without hyphens."""

    recovery_code = StringField(
        filters=[strip, tabs_as_spaces], validators=[given(ENTER_RECOVERY), at_most(64), readable]
    )


@verify_otp.route("/verify-otp", methods=["GET", "POST"])
@access(Access.CODE)
def verify() -> Response:
    """Take the code of the second step, or of who comes by phone."""
    visit = browser.maybe_visit()
    if visit is not None:
        return visit_code.verify(visit)
    services, sign_in = browser.services(), browser.sign_in()
    form = SecondStepForm()
    if not form.validate_on_submit():
        begun = send_code.current(services, sign_in.id, Purpose.SIGN_IN)
        if form.is_submitted():
            return _page(form, begun, 422)
        if begun is None and see_factors.ways(services, sign_in).app:
            return go("verify_otp.app")  # which needs no message
        spent = begun is not None and begun.attempts >= services.policy.code_attempts
        if spent and not has_skipped(sign_in):
            return _start_again()
        return _page(form, begun)
    outcome = flow.with_code(
        services, browser.caller(), sign_in, token=browser.token(), typed=form.code.data or "",
        trusts=bool(form.trust.data),
    )  # fmt: skip
    if isinstance(outcome, SignedIn):
        return welcome(outcome)
    ended = OUT_OF_TRIES_OFF if has_skipped(sign_in) else OUT_OF_TRIES
    status, wait = code_page.refuse(form, outcome, ended=ended)
    return _page(form, send_code.current(services, sign_in.id, Purpose.SIGN_IN), status, wait)


@verify_otp.post("/verify-otp/resend")
@access(Access.CODE, form_on="verify_otp.verify")
def resend() -> Response:
    """Send another code, or the first where none went out yet."""
    visit = browser.maybe_visit()
    if visit is not None:
        return visit_code.resend(visit)
    services, sign_in = browser.services(), browser.sign_in()
    before = send_code.current(services, sign_in.id, Purpose.SIGN_IN)
    answer = flow.ask_again(services, browser.caller(), sign_in)
    if isinstance(answer, send_code.TooSoon):
        form = SecondStepForm(formdata=None)
        code_page.too_soon(form, answer)
        return _page(form, before, 429, answer.wait)
    if answer is None and not has_skipped(sign_in):
        return _start_again()
    code_page.note_resend(before, answer)
    return go("verify_otp.verify")


@verify_otp.get("/verify-otp/status")
@access(Access.CODE, json=True)
def status() -> Response:
    """Tell where the message is, for the page's live line."""
    visit = browser.maybe_visit()
    if visit is not None:
        return visit_code.status(visit)
    services, sign_in = browser.services(), browser.sign_in()
    return code_page.status(send_code.current(services, sign_in.id, Purpose.SIGN_IN))


@verify_otp.route("/verify-otp/recovery", methods=["GET", "POST"])
@access(Access.PENDING)
def recover() -> Response:
    """Take a recovery code as the second step."""
    form = RecoveryForm()
    if not form.validate_on_submit():
        return _recovery_page(form, 422 if form.errors else 200)
    try:
        outcome = flow.with_recovery_code(
            browser.services(),
            browser.caller(),
            browser.sign_in(),
            token=browser.token(),
            typed=form.recovery_code.data or "",
        )
    except Throttled as refusal:
        form.fails("recovery_code", str(RESTS) % {"time": duration(refusal.wait)})
        response = _recovery_page(form, 429)
        response.headers["Retry-After"] = str(refusal.wait)
        return response
    if isinstance(outcome, SignedIn):
        return welcome(outcome)
    form.fails("recovery_code", WRONG_RECOVERY)
    return _recovery_page(form, 422)


def welcome(outcome: SignedIn) -> Response:
    """Open the session whose second step is done, and lead to where it was going."""
    browser.begin(outcome, second_step=True)
    low = browser.services().policy.recovery_codes_low
    if outcome.codes_left is not None:
        browser.notice("warn", "code_used" if outcome.codes_left <= low else "phone_gone")
    return go_to(outcome.next_path or url_for("dashboard.show"))


def _recovery_page(form: RecoveryForm, status_code: int) -> Response:
    sign_in = browser.sign_in()
    ways = see_factors.ways(browser.services(), sign_in)
    by_phone = next_step(sign_in) is Step.PASSWORD
    return page("verify_recovery.html", status_code, form=form, by_phone=by_phone, ways=ways)


def _start_again() -> Response:
    browser.notice("warn", "out_of_tries")
    return go("login.sign_in")


def _page(
    form: SecondStepForm, begun: Challenge | None, status_code: int = 200, wait: float = 0
) -> Response:
    makes_up = has_skipped(browser.sign_in())
    has_app = see_factors.ways(browser.services(), browser.sign_in()).app
    back = (url_for("settings.overview"), gettext("Back to settings")) if makes_up else None
    if has_app:
        back = (url_for("verify_otp.app"), gettext("Use your authenticator app"))
    place = Place(
        heading=gettext("Confirm that it's you") if makes_up else gettext("Check your phone"),
        step="" if makes_up else gettext("Step 2 of 2"),
        verify_url=url_for("verify_otp.verify"),
        resend_url=url_for("verify_otp.resend"),
        status_url=url_for("verify_otp.status"),
        recovery_url=url_for("verify_otp.recover"),
        back=back,
    )
    form.trust_days, form.makes_up = trusted.days(browser.sign_in()), makes_up
    masked = "" if begun and browser.services().clock() < begun.expires_at else _masked()
    return code_page.show(form, begun, place, masked=masked, status=status_code, wait=wait)


def _masked() -> str:
    phone = see_factors.overview(browser.services(), g.sign_in).phone
    return phones.mask(phone) if phone else ""
