"""/settings/2fa/app: enrol an authenticator app with a QR code and its first code, or remove it."""

from flask import Response, url_for

from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import is_on
from twofa.domain.totp import totp_codes
from twofa.flows.totp import enrol_totp
from twofa.web.code_step import code_errors
from twofa.web.code_step.code_errors import Words
from twofa.web.code_step.verify_app import AppForm
from twofa.web.http.guard import access
from twofa.web.http.headers import retry_after
from twofa.web.page import qr
from twofa.web.page.form_fields import SignOutForm
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser, trusted_cookies
from twofa.web.settings import two_factor_pages
from twofa.web.text.language import gettext
from twofa.web.text.sentences import APP_LAPSED, OUT_OF_TRIES_APP

GROUP = 4
WORDS = Words(OUT_OF_TRIES_APP, recovers=False, by_app=True)


@two_factor_pages.route("/settings/2fa/app", methods=["GET", "POST"])
@access(Access.FRESH, sets_up=True)
def app() -> Response:
    """Show the settings page with an app's secret as QR code; its first right code enrols it."""
    services, sign_in = browser.services(), browser.sign_in()
    if not sign_in.person.email:  # a notice couldn't be sent
        return go("twofa.show")
    form = AppForm()
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200)
    outcome = enrol_totp.set_up(
        services, browser.caller(), sign_in, token=browser.token(), typed=form.code.data or ""
    )
    if isinstance(outcome, enrol_totp.Added):
        browser.go_on(outcome.token, second_step=True)
        if outcome.made_codes:
            return go("twofa.new_recovery_codes")
        browser.notice("good", "app_added")
        return go("twofa.show")
    if isinstance(outcome, enrol_totp.Lapsed):
        form.fails("code", APP_LAPSED)
        return _page(form, 422)
    error = code_errors.explain(outcome, WORDS)
    form.fails("code", error.sentence)
    return _page(form, error.status, error.wait)


@two_factor_pages.post("/settings/2fa/app/remove")
@access(Access.FRESH, sets_up=True, form_on="twofa.show")
def remove_app() -> Response:
    """Settings form: remove the authenticator app; if it is the last, redirect to disabling."""
    sign_in = browser.sign_in()
    if not is_on(sign_in.person):
        return go("twofa.show")
    removed = enrol_totp.remove(
        browser.services(), trusted_cookies.caller(), sign_in,
        sign_out_others=SignOutForm().sign_out_others.data,
    )  # fmt: skip
    if not removed:
        return go("twofa.disable")
    browser.notice("good", "app_removed")
    return go("twofa.show")


def _page(form: AppForm, status: int, wait: float = 0) -> Response:
    sign_in = browser.sign_in()
    enrolment = enrol_totp.begin(browser.services(), sign_in)
    factors, secret = enrolment.factors, enrolment.secret
    address = totp_codes.address(
        secret, account=sign_in.person.email, issuer=browser.settings().app_name
    )
    response = page(
        "settings/app.html",
        status,
        form=form,
        is_on=is_on(sign_in.person),
        since=factors.app.confirmed_at if factors.app else None,
        may_turn_on=factors.may_enable_sms,
        removal=SignOutForm(formdata=None),
        is_needed=factors.needs_app,
        drawn=qr.draw(address, gettext("QR code for your authenticator app")),
        address=address,
        ends_in=int((enrolment.expires_at - browser.services().clock()).total_seconds()),
        groups=[secret[at : at + GROUP] for at in range(0, len(secret), GROUP)],
        back_url=url_for("twofa.show"),
    )
    return retry_after(response, wait)
