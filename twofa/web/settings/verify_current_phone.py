"""/settings/phone/current: prove the current number, by a code or a recovery code."""

from typing import Any

from flask import Response, url_for
from wtforms import StringField

from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import is_on
from twofa.domain.sms import phones
from twofa.flows.otp import code_step as step_flow
from twofa.flows.otp.verify_code import Rejection
from twofa.flows.two_factor import change_phone as flow
from twofa.flows.two_factor import verify_current_phone
from twofa.web.code_step import code_step
from twofa.web.code_step.code_errors import Words
from twofa.web.code_step.code_step import CodeStep, Place
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form, at_most, given, readable, strip, tabs_as_spaces
from twofa.web.page.pages import go
from twofa.web.sessions import browser
from twofa.web.settings import change_phone_pages
from twofa.web.text.language import gettext
from twofa.web.text.sentences import (
    ENTER_CODE,
    ENTER_RECOVERY,
    OUT_OF_TRIES_OFF,
    OUT_OF_TRIES_PROOF,
    UNCHECKED,
    UNCHECKED_NUMBER,
    WRONG_RECOVERY,
)


class CurrentForm(Form):
    """A code sent to the current number, or a recovery code instead."""

    code = StringField(
        filters=[tabs_as_spaces],
        validators=[given(ENTER_CODE, if_posted=True), at_most(64), readable],
    )
    recovery_code = StringField(
        filters=[strip, tabs_as_spaces],
        validators=[given(ENTER_RECOVERY, if_posted=True), at_most(64), readable],
    )


@change_phone_pages.route("/settings/phone/current", methods=["GET", "POST"])
@access(Access.FRESH)
def current() -> Response:
    """Settings page: take the current number's or a recovery code; then send the new number's."""
    return code_step.take(CURRENT, _judge)


def _judge(form: Any) -> Response | Rejection | None:
    services, sign_in = browser.services(), browser.sign_in()
    if form.recovery_code.data:
        if flow.with_recovery_code(services, browser.caller(), sign_in, form.recovery_code.data):
            return go("change_phone.confirm")
        form.fails("recovery_code", WRONG_RECOVERY)
        return None
    if not form.code.data:
        form.fails("code", ENTER_CODE)
        return None
    outcome = flow.with_current_code(services, browser.caller(), sign_in, form.code.data)
    return go("change_phone.confirm") if isinstance(outcome, flow.CodeSent) else outcome


def _recovers() -> bool:
    """Return whether a recovery code may replace the proof of the current number."""
    return is_on(browser.sign_in().person)


def _words(_waiting: object) -> Words:
    if _recovers():
        return Words(OUT_OF_TRIES_OFF, UNCHECKED)
    return Words(OUT_OF_TRIES_PROOF, UNCHECKED_NUMBER, recovers=False)


def _elsewhere(waiting: Any) -> Response | None:
    typed = waiting.typed
    if typed is None:
        return go("change_phone.ask")
    return go("change_phone.confirm") if typed.sends else None


CURRENT = CodeStep(
    page="change_phone.current",
    resend="change_phone.current_resend",
    status="change_phone.current_status",
    load=lambda: flow.waiting(browser.services(), browser.sign_in()),
    send=lambda: verify_current_phone.ask_code(
        browser.services(), browser.caller(), browser.sign_in()
    ),
    place=lambda _: Place(
        recovers=_recovers(), back=(url_for("change_phone.ask"), gettext("Change number"))
    ),
    form=CurrentForm,
    words=_words,
    elsewhere=_elsewhere,
    watch=lambda: step_flow.waiting(browser.services(), browser.sign_in(), Purpose.CHANGE),
    template="settings/phone_current.html",
    more=lambda waiting: {
        "new_masked": phones.mask(waiting.typed.phone) if waiting.typed else "",
        "recovers": _recovers(),
    },
)
code_step.add_views(change_phone_pages, "/settings/phone/current", CURRENT, Access.FRESH)
