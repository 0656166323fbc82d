"""/settings/phone: change the phone number, after a proof of the current one."""

from typing import Any

from flask import Response, url_for

from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import is_on
from twofa.domain.sms import phones
from twofa.flows.otp import code_step as step_flow
from twofa.flows.otp.code_step import Waiting
from twofa.flows.otp.phone_factor import NumberTaken
from twofa.flows.otp.verify_code import Rejection
from twofa.flows.two_factor import change_phone as flow
from twofa.flows.two_factor import remove_phone
from twofa.web.code_step import code_step
from twofa.web.code_step.code_errors import Words
from twofa.web.code_step.code_step import ChangeCodeForm, CodeStep, Place
from twofa.web.http.guard import access
from twofa.web.page import countries
from twofa.web.page.form_fields import SignOutForm
from twofa.web.page.pages import go, page
from twofa.web.page.phone_form import NumberForm
from twofa.web.sessions import browser, trusted_cookies
from twofa.web.settings import change_phone_pages
from twofa.web.text.language import gettext
from twofa.web.text.sentences import (
    NUMBER_TAKEN,
    OUT_OF_TRIES_NUMBER,
    SAME_NUMBER,
    UNCHECKED_NUMBER,
)


@change_phone_pages.route("/settings/phone", methods=["GET", "POST"])
@access(Access.FRESH)
def ask() -> Response:
    """Show the settings page that asks for the new phone number, or take its form."""
    services, sign_in = browser.services(), browser.sign_in()
    change = flow.status(services, sign_in)
    if not change.factors.may_change_phone:
        return go("twofa.show")
    form = NumberForm()
    if not form.is_submitted():
        form.fill(change.typed.phone if change.typed else None)
        return _number_page(form, change)
    if not form.validate():
        return _number_page(form, change, 422)
    phone = form.take(phones.parse(form.phone.data or "", form.country.data, services.policy))
    if phone is None:
        return _number_page(form, change, 422)
    outcome = flow.ask(services, browser.caller(), sign_in, phone)
    if isinstance(outcome, flow.SameNumber):
        form.fails("phone", SAME_NUMBER)
        return _number_page(form, change, 422)
    sent = isinstance(outcome, flow.CodeSent)
    return go("change_phone.confirm" if sent else "change_phone.current")


@change_phone_pages.post("/settings/phone/remove")
@access(Access.FRESH, form_on="change_phone.ask")
def remove() -> Response:
    """Handle the settings form that removes the phone number, where the account has an app."""
    removed = remove_phone.remove(
        browser.services(), trusted_cookies.caller(), browser.sign_in(),
        sign_out_others=SignOutForm().sign_out_others.data,
    )  # fmt: skip
    if not removed:
        return go("change_phone.ask")
    browser.notice("good", "phone_removed")
    return go("twofa.show")


@change_phone_pages.route("/settings/phone/confirm", methods=["GET", "POST"])
@access(Access.FRESH)
def confirm() -> Response:
    """Settings page: take the code of the new number; a right one changes the account's."""
    return code_step.take(CONFIRM, _judge)


def _judge(form: Any) -> Response | Rejection:
    sign_in = browser.sign_in()
    outcome = flow.confirm(
        browser.services(), trusted_cookies.caller(), sign_in, token=browser.token(),
        code=form.code.data or "", sign_out_others=form.sign_out_others.data,
    )  # fmt: skip
    match outcome:
        case flow.PhoneChanged(token):
            browser.go_on(token, second_step=sign_in.second_step_at is not None)
            browser.notice("good", "phone_changed")
            return go("twofa.show" if is_on(sign_in.person) else "settings.overview")
        case NumberTaken():
            number = NumberForm(formdata=None)
            number.fails("phone", NUMBER_TAKEN)
            return _number_page(number, flow.status(browser.services(), sign_in), 422)
    return outcome


def _elsewhere(waiting: Waiting) -> Response | None:
    challenge = waiting.challenge
    if challenge is None or waiting.standing is None:
        return go("change_phone.ask")
    return None if challenge.sends else go("change_phone.current")


def _number_page(form: NumberForm, change: flow.PhoneChange, status: int = 200) -> Response:
    policy, person = browser.services().policy, browser.sign_in().person
    number = change.factors.number
    may_remove = change.factors.may_remove_phone(policy)
    return page(
        "settings/phone.html",
        status,
        form=form,
        masked=phones.mask(number) if number else "",
        proved=change.proved,
        recovers=is_on(person),
        has_mail=bool(person.email),
        countries=countries.field(policy),
        back_url=url_for("twofa.show" if is_on(person) else "settings.overview"),
        removal=SignOutForm(formdata=None) if may_remove else None,
    )


CONFIRM = CodeStep(
    page="change_phone.confirm",
    resend="change_phone.confirm_resend",
    status="change_phone.confirm_status",
    load=lambda: step_flow.waiting(browser.services(), browser.sign_in(), Purpose.CONFIRM),
    send=lambda: step_flow.send_another(
        browser.services(), browser.caller(), browser.sign_in(), Purpose.CONFIRM
    ),
    place=lambda _: Place(
        heading=gettext("Check your new phone"),
        back=(url_for("change_phone.ask"), gettext("Change number")),
    ),
    form=ChangeCodeForm,
    words=lambda _: Words(OUT_OF_TRIES_NUMBER, UNCHECKED_NUMBER, recovers=False),
    elsewhere=_elsewhere,
    ended=lambda _: go("change_phone.ask"),
)
code_step.add_views(change_phone_pages, "/settings/phone/confirm", CONFIRM, Access.FRESH)
