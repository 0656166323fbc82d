"""/settings/2fa: the state of two-factor sign-in, and its activation by text message."""

from typing import Any

from flask import Response, url_for

from twofa.domain.accounts import two_factor_required
from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import is_on
from twofa.domain.sms import phones
from twofa.flows.account import account_overview
from twofa.flows.otp import code_step as step_flow
from twofa.flows.otp.code_step import Waiting
from twofa.flows.otp.phone_factor import NumberTaken
from twofa.flows.otp.verify_code import Rejection
from twofa.flows.two_factor import enable_disable
from twofa.web.code_step import code_step
from twofa.web.code_step.code_errors import Words
from twofa.web.code_step.code_step import CodeStep, Place
from twofa.web.http.guard import access
from twofa.web.page import countries, rows
from twofa.web.page.pages import go, page
from twofa.web.page.phone_form import NumberForm
from twofa.web.sessions import browser
from twofa.web.settings import two_factor_pages
from twofa.web.text.language import gettext
from twofa.web.text.sentences import (
    CODES_UNSAVED,
    NUMBER_TAKEN,
    OTHER_NUMBER,
    OUT_OF_TRIES_NUMBER,
    UNCHECKED_NUMBER,
)


@two_factor_pages.get("/settings/2fa")
@access(Access.SIGNED_IN, sets_up=True)
def show() -> Response:
    """Show the settings page of the ways to sign in: two-factor sign-in, password, devices."""
    services, person = browser.services(), browser.sign_in().person
    account, policy = account_overview.settings(services, browser.sign_in()), services.policy
    factors = account.factors
    return page(
        "settings/twofa.html",
        on=is_on(person),
        masked=phones.mask(factors.number) if factors.number else "",
        since=factors.phone.confirmed_at if factors.phone else None,
        app_since=factors.app.confirmed_at if factors.app else None,
        app_counts=factors.takes_app,
        has_passkey=factors.has_passkey,
        may_set_app_up=factors.may_set_up_app,
        may_add_number=factors.may_add_phone,
        has_password=factors.has_password,
        keeps_phone=factors.keeps_phone(policy),
        codes=rows.recovery_codes(
            factors.codes_left,
            policy.recovery_codes,
            low=policy.recovery_codes_low,
            unsaved=str(CODES_UNSAVED) if person.codes_unsaved_since else "",
        ),
        password=rows.password(factors),
        has_passkeys=factors.passkeys > 0,
        passkeys=rows.passkeys(factors) if services.relying_party is not None else None,
        devices=rows.devices(account.devices),
        confirmed_address=bool(person.email),
        may_turn_on=factors.may_enable_sms,
        required=two_factor_required.is_required(person, policy.require_2fa, services.clock()),
        change_url=url_for("change_phone.ask"),
    )


@two_factor_pages.route("/settings/2fa/enable", methods=["GET", "POST"])
@access(Access.FRESH, sets_up=True)
def enable() -> Response:
    """Settings page: ask for a number, say what SMS does and doesn't protect from, send a code."""
    services, sign_in = browser.services(), browser.sign_in()
    waiting = ENABLE.load()
    if not (waiting.factors.may_enable_sms or waiting.factors.may_add_phone):
        return go("twofa.show")
    form = NumberForm()
    if not form.is_submitted():
        form.fill(waiting.challenge.phone if waiting.challenge else None)
        return _number_page(form, waiting)
    if not form.validate():
        return _number_page(form, waiting, 422)
    phone = form.take(phones.parse(form.phone.data or "", form.country.data, services.policy))
    if phone is None:
        return _number_page(form, waiting, 422)
    if enable_disable.ask_number(services, browser.caller(), sign_in, phone) is not None:
        form.fails("phone", OTHER_NUMBER)
        return _number_page(form, waiting, 422)
    return go("twofa.confirm")


@two_factor_pages.route("/settings/2fa/confirm", methods=["GET", "POST"])
@access(Access.FRESH, sets_up=True)
def confirm() -> Response:
    """Settings page: take the new number's code; a right one enables two-factor sign-in."""
    return code_step.take(ENABLE, _judge)


def _judge(form: Any) -> Response | Rejection:
    outcome = enable_disable.turn_on(
        browser.services(), browser.caller(), browser.sign_in(),
        token=browser.token(), typed=form.code.data or "",
    )  # fmt: skip
    match outcome:
        case enable_disable.TurnedOn(token, made_codes):
            browser.go_on(token, second_step=True)
            if made_codes:
                return go("twofa.new_recovery_codes")
            browser.notice("good", "number_added")
            return go("twofa.show")
        case NumberTaken():
            number = NumberForm(formdata=None)
            number.fails("phone", NUMBER_TAKEN)
            return _number_page(number, ENABLE.load(), 422)
    return outcome


def _elsewhere(waiting: Waiting) -> Response | None:
    if is_on(browser.sign_in().person) and not waiting.factors.may_add_phone:
        return go("twofa.show")
    return go("twofa.enable") if waiting.challenge is None else None


def _number_page(form: NumberForm, waiting: Waiting, status: int = 200) -> Response:
    return page(
        "settings/enable.html",
        status,
        form=form,
        adds=is_on(browser.sign_in().person),
        countries=countries.field(browser.services().policy),
        change_url=url_for("change_phone.ask") if waiting.factors.number else "",
    )


def _place(_waiting: Waiting) -> Place:
    adds = is_on(browser.sign_in().person)
    return Place(
        heading=gettext("Check your phone"),
        step=gettext("Step 2 of 2") if adds else gettext("Step 2 of 3"),
        back=(url_for("twofa.enable"), gettext("Change number")),
    )


ENABLE = CodeStep(
    page="twofa.confirm",
    resend="twofa.confirm_resend",
    status="twofa.confirm_status",
    load=lambda: step_flow.waiting(browser.services(), browser.sign_in(), Purpose.ENABLE),
    send=lambda: step_flow.send_another(
        browser.services(), browser.caller(), browser.sign_in(), Purpose.ENABLE
    ),
    place=_place,
    words=lambda _: Words(OUT_OF_TRIES_NUMBER, UNCHECKED_NUMBER),
    elsewhere=_elsewhere,
    ended=lambda _: go("twofa.enable"),
)
code_step.add_views(two_factor_pages, "/settings/2fa/confirm", ENABLE, Access.FRESH, sets_up=True)
