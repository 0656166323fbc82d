"""/settings/2fa/disable: two-factor sign-in off, with a code or a recovery code."""

from flask import Response

from twofa.domain import challenge, enforcement, phones
from twofa.domain.access import Access
from twofa.domain.challenge import Purpose
from twofa.flows import manage_factors as flow
from twofa.flows import see_factors, send_code, verify
from twofa.web import app_code, code_page, trusted
from twofa.web import session as browser
from twofa.web.code_page import ChangeCodeForm
from twofa.web.code_state import Ways
from twofa.web.guard import access
from twofa.web.pages import go, page
from twofa.web.settings.app import twofa
from twofa.web.words import OUT_OF_TRIES_OFF, WRONG_RECOVERY


@twofa.route("/settings/2fa/disable", methods=["GET", "POST"])
@access(Access.FRESH)
def disable() -> Response:
    """Take a code to the current number, or a recovery code."""
    services, sign_in = browser.services(), browser.sign_in()
    rule = services.policy.require_2fa
    if enforcement.is_required(sign_in.person, rule, services.clock()):
        browser.notice("warn", "twofa_required")
        return go("twofa.show")
    if sign_in.person.twofa_since is None:
        return go("twofa.show")
    form = ChangeCodeForm()
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200)
    by_app = _is_by_app()
    outcome = flow.turn_off(
        services, trusted.caller(), sign_in, form.code.data or "",
        sign_out_others=form.sign_out_others.data,
    )  # fmt: skip
    if isinstance(outcome, flow.TurnedOff):
        browser.notice("good", "twofa_off")
        return go("twofa.show")
    if outcome is None:
        form.fails("code", WRONG_RECOVERY)
        return _page(form, 422)
    if by_app and isinstance(outcome, (verify.CodeWrong, verify.NotACode, verify.OutOfTries)):
        status, wait = app_code.refuse(form, outcome, ended=OUT_OF_TRIES_OFF)
    else:
        status, wait = code_page.refuse(form, outcome, ended=OUT_OF_TRIES_OFF)
    return _page(form, status, wait)


@twofa.post("/settings/2fa/disable/resend")
@access(Access.FRESH, form_on="twofa.disable")
def disable_resend() -> Response:
    """Send a code to the current number, the first or another."""
    services, sign_in = browser.services(), browser.sign_in()
    before = send_code.current(services, sign_in.id, Purpose.DISABLE)
    answer = flow.ask_code_to_disable(services, browser.caller(), sign_in)
    if isinstance(answer, send_code.TooSoon):
        form = ChangeCodeForm(formdata=None)
        code_page.too_soon(form, answer)
        return _page(form, 429, answer.wait)
    code_page.note_resend(before, answer)
    return go("twofa.disable")


@twofa.get("/settings/2fa/disable/status")
@access(Access.SIGNED_IN, json=True)
def disable_status() -> Response:
    """Tell where the message is, for the page's live line."""
    return code_page.status(
        send_code.current(browser.services(), browser.sign_in().id, Purpose.DISABLE)
    )


def _is_by_app() -> bool:
    """Whether it is the app's code that is asked for: none was sent from here."""
    services, sign_in = browser.services(), browser.sign_in()
    begun = send_code.current(services, sign_in.id, Purpose.DISABLE)
    if begun is not None and challenge.is_open(begun, services.clock()):
        return False
    return see_factors.overview(services, sign_in).app_counts


def _page(form: ChangeCodeForm, status: int = 200, wait: float = 0) -> Response:
    services, sign_in = browser.services(), browser.sign_in()
    begun = send_code.current(services, sign_in.id, Purpose.DISABLE)
    usable = begun if begun and services.clock() < begun.expires_at else None
    standing = verify.standing(services, usable) if usable else None
    has_password = see_factors.has_password(sign_in)
    phone = see_factors.overview(services, sign_in).phone if has_password else None
    response = page(
        "settings/disable.html",
        status,
        form=form,
        keeps_number=see_factors.keeps(services, sign_in),
        by_app=_is_by_app(),
        has_password=has_password,
        masked=phones.mask(phone) if phone else "",
        **code_page.context(usable, standing, Ways(recovery=True)),
    )
    if wait:
        response.headers["Retry-After"] = str(max(1, int(wait + 0.999)))
    return response


__all__ = ["twofa"]
