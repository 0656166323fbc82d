"""/settings/phone/current: the current number proved, by a code or a recovery code."""

from flask import Response
from wtforms import StringField

from twofa.domain import phones
from twofa.domain.access import Access
from twofa.domain.challenge import Challenge, Purpose
from twofa.flows import change_phone as flow
from twofa.flows import prove_number, see_factors, send_code, verify
from twofa.web import code_page
from twofa.web import session as browser
from twofa.web.code_state import Ways
from twofa.web.fields import Form, at_most, readable, strip, tabs_as_spaces
from twofa.web.guard import access
from twofa.web.pages import go, page
from twofa.web.settings.phone import change_phone, recovers
from twofa.web.words import (
    ENTER_CODE,
    OUT_OF_TRIES_OFF,
    OUT_OF_TRIES_PROOF,
    UNCHECKED,
    UNCHECKED_NUMBER,
    WRONG_RECOVERY,
)


class CurrentForm(Form):
    """A code to the current number, or a recovery code in its place."""

    code = StringField(filters=[tabs_as_spaces], validators=[at_most(64), readable])
    recovery_code = StringField(filters=[strip, tabs_as_spaces], validators=[at_most(64), readable])


@change_phone.route("/settings/phone/current", methods=["GET", "POST"])
@access(Access.FRESH)
def current() -> Response:
    """Take a code to the current number, or a recovery code; then the new one gets its code."""
    services, sign_in = browser.services(), browser.sign_in()
    begun = flow.typed(services, sign_in)
    if begun is None:
        return code_page.begin_again("change_phone.ask")
    if begun.sends:
        return go("change_phone.confirm")
    form = CurrentForm()
    if not form.validate_on_submit():
        return _current_page(form, begun, 422 if form.errors else 200)
    if form.recovery_code.data:
        if flow.with_recovery_code(services, browser.caller(), sign_in, form.recovery_code.data):
            return go("change_phone.confirm")
        form.fails("recovery_code", WRONG_RECOVERY)
        return _current_page(form, begun, 422)
    if not form.code.data:
        form.fails("code", ENTER_CODE)
        return _current_page(form, begun, 422)
    outcome = flow.with_current_code(services, browser.caller(), sign_in, form.code.data)
    if isinstance(outcome, flow.CodeSent):
        return go("change_phone.confirm")
    ended = OUT_OF_TRIES_OFF if recovers() else OUT_OF_TRIES_PROOF
    unchecked = UNCHECKED if recovers() else UNCHECKED_NUMBER
    status, wait = code_page.refuse(
        form, outcome, ended=ended, unchecked=unchecked, recovers=recovers()
    )
    return _current_page(form, begun, status, wait)


@change_phone.post("/settings/phone/current/resend")
@access(Access.FRESH, form_on="change_phone.current")
def current_resend() -> Response:
    """Send a code to the current number, the first or another."""
    services, sign_in = browser.services(), browser.sign_in()
    begun = flow.typed(services, sign_in)
    if begun is None:
        return go("change_phone.ask")
    before = _to_current()
    answer = prove_number.ask_code(services, browser.caller(), sign_in)
    if isinstance(answer, send_code.TooSoon):
        form = CurrentForm(formdata=None)
        code_page.too_soon(form, answer)
        return _current_page(form, begun, 429, answer.wait)
    code_page.note_resend(before, answer)
    return go("change_phone.current")


@change_phone.get("/settings/phone/current/status")
@access(Access.SIGNED_IN, json=True)
def current_status() -> Response:
    """Tell where the message to the current number is, for the page's live line."""
    return code_page.status(_to_current(), recovers=recovers(), back=True)


def _to_current() -> Challenge | None:
    services = browser.services()
    begun = send_code.current(services, browser.sign_in().id, Purpose.CHANGE)
    usable = begun and begun.consumed_at is None and services.clock() < begun.expires_at
    return begun if usable else None


def _current_page(
    form: CurrentForm, typed: Challenge, status: int = 200, wait: float = 0
) -> Response:
    services = browser.services()
    phone = see_factors.phone_of(services, browser.sign_in())
    begun = _to_current()
    standing = verify.standing(services, begun) if begun else None
    response = page(
        "settings/phone_current.html",
        status,
        form=form,
        masked=phones.mask(phone) if phone else "",
        new_masked=phones.mask(typed.phone),
        code_length=services.policy.code_length,
        **code_page.context(begun, standing, Ways(recovers(), back=True)),
        recovers=recovers(),
    )
    if wait:
        response.headers["Retry-After"] = str(max(1, int(wait + 0.999)))
    return response


__all__ = ["change_phone"]
