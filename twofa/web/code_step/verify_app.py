"""/verify-otp/app: the second step by authenticator app, with links to the other factors."""

from flask import Response
from wtforms import BooleanField, StringField

from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import Step, next_step
from twofa.domain.sessions.trusted_device import has_skipped
from twofa.flows.sessions.open_session import SignedIn
from twofa.flows.sign_in import second_step
from twofa.flows.totp import verify_totp
from twofa.flows.totp.verify_totp import TotpStatus
from twofa.web.code_step import code_errors, second_step_pages
from twofa.web.code_step.code_errors import APP, Words
from twofa.web.code_step.verify_otp import welcome
from twofa.web.http.guard import access
from twofa.web.http.headers import retry_after
from twofa.web.page.form_fields import Form, at_most, given, readable, tabs_as_spaces
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser, trusted_cookies
from twofa.web.text.sentences import ENTER_APP_CODE, OUT_OF_TRIES_OFF


class AppForm(Form):
    """One code field, which accepts spaces and hyphens, and the choice to trust this device."""

    code = StringField(
        filters=[tabs_as_spaces], validators=[given(ENTER_APP_CODE), at_most(64), readable]
    )
    trust = BooleanField()


@second_step_pages.route("/verify-otp/app", methods=["GET", "POST"])
@access(Access.PENDING)
def app() -> Response:
    """Show the code page of the authenticator app as second step, or take its code."""
    services, sign_in = browser.services(), browser.sign_in()
    status = verify_totp.status(services, sign_in)
    if not status.factors.takes_app:
        by_phone = next_step(sign_in) is Step.PASSWORD
        return go("verify_password.verify" if by_phone else "verify_otp.verify")
    form = AppForm()
    if not form.validate_on_submit():
        return _page(form, status, 422 if form.errors else 200)
    outcome = second_step.with_app(
        services, browser.caller(), sign_in, token=browser.token(), typed=form.code.data or "",
        trusts=bool(form.trust.data),
    )  # fmt: skip
    if isinstance(outcome, SignedIn):
        return welcome(outcome)
    if outcome is None:
        return go("verify_otp.verify")  # removed concurrently
    words = Words(OUT_OF_TRIES_OFF, by_app=True) if has_skipped(sign_in) else APP
    error = code_errors.explain(outcome, words)
    form.fails("code", error.sentence)
    return _page(form, verify_totp.status(services, sign_in), error.status, error.wait)


def _page(form: AppForm, totp: TotpStatus, status: int, wait: float = 0) -> Response:
    sign_in = browser.sign_in()
    response = page(
        "verify_app.html",
        status,
        form=form,
        ways=totp.factors.ways(by_phone=next_step(sign_in) is Step.PASSWORD),
        trust_days=trusted_cookies.days(sign_in),
        makes_up=has_skipped(sign_in),
        sent=totp.sent,
        attempts_left=totp.attempts_left,
    )
    return retry_after(response, wait)
