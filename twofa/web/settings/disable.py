"""/settings/2fa/disable: disable two-factor sign-in, with a code or a recovery code."""

from typing import Any

from flask import Response

from twofa.domain.accounts import two_factor_required
from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import has_passkey_proof, is_on
from twofa.domain.sms import phones
from twofa.flows.otp import code_step as step_flow
from twofa.flows.otp.code_step import Waiting
from twofa.flows.otp.verify_code import Rejection
from twofa.flows.two_factor import enable_disable
from twofa.web.code_step import code_step
from twofa.web.code_step.code_errors import Words
from twofa.web.code_step.code_step import ChangeCodeForm, CodeStep, Place
from twofa.web.http.guard import access
from twofa.web.page.form_fields import SignOutForm
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser, trusted_cookies
from twofa.web.settings import two_factor_pages
from twofa.web.text.sentences import OUT_OF_TRIES_OFF, WRONG_RECOVERY


@two_factor_pages.route("/settings/2fa/disable", methods=["GET", "POST"])
@access(Access.FRESH)
def disable() -> Response:
    """Settings page: disable two-factor sign-in by a code (by message, app) or recovery code."""
    if has_passkey_proof(browser.sign_in()):
        return _by_passkey()
    return code_step.take(DISABLE, _judge)


def _by_passkey() -> Response:
    """Show the page without a code, or take its form: a passkey was the fresh proof."""
    waiting = DISABLE.load()
    elsewhere = _elsewhere(waiting)
    if elsewhere is not None:
        return elsewhere
    form = SignOutForm()
    if not form.validate_on_submit():
        shown = SignOutForm(formdata=None)
        status = 422 if form.errors else 200
        return page("settings/disable.html", status, form=shown, by_passkey=True, **_more(waiting))
    enable_disable.turn_off_by_passkey(
        browser.services(), trusted_cookies.caller(), browser.sign_in(),
        sign_out_others=form.sign_out_others.data,
    )  # fmt: skip
    browser.notice("good", "twofa_off")
    return go("twofa.show")


def _judge(form: Any) -> Response | Rejection | None:
    outcome = enable_disable.turn_off(
        browser.services(), trusted_cookies.caller(), browser.sign_in(), form.code.data or "",
        sign_out_others=form.sign_out_others.data,
    )  # fmt: skip
    if isinstance(outcome, enable_disable.TurnedOff):
        browser.notice("good", "twofa_off")
        return go("twofa.show")
    if outcome is None:
        form.fails("code", WRONG_RECOVERY)
    return outcome


def _elsewhere(_waiting: Waiting) -> Response | None:
    services, person = browser.services(), browser.sign_in().person
    if two_factor_required.is_required(person, services.policy.require_2fa, services.clock()):
        browser.notice("warn", "twofa_required")
        return go("twofa.show")
    return None if is_on(person) else go("twofa.show")


def _is_by_app(waiting: Waiting) -> bool:
    """Return whether the app's code is expected: none was sent from here."""
    return waiting.standing is None and waiting.factors.takes_app


def _more(waiting: Waiting) -> dict[str, object]:
    factors = waiting.factors
    number = factors.number_for(Purpose.DISABLE)
    return {
        "keeps_number": factors.keeps_phone(browser.services().policy),
        "by_app": _is_by_app(waiting),
        "has_password": factors.has_password,
        "masked": phones.mask(number) if number else "",
        "passkeys": factors.passkeys,
    }


DISABLE = CodeStep(
    page="twofa.disable",
    resend="twofa.disable_resend",
    status="twofa.disable_status",
    load=lambda: step_flow.waiting(browser.services(), browser.sign_in(), Purpose.DISABLE),
    send=lambda: step_flow.send(
        browser.services(), browser.caller(), browser.sign_in(), Purpose.DISABLE
    ),
    place=lambda _: Place(recovers=True),
    form=ChangeCodeForm,
    words=lambda waiting: Words(
        OUT_OF_TRIES_OFF, by_app=waiting is not None and _is_by_app(waiting)
    ),
    elsewhere=_elsewhere,
    template="settings/disable.html",
    more=_more,
)
code_step.add_views(two_factor_pages, "/settings/2fa/disable", DISABLE, Access.FRESH)
