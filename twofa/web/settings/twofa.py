"""/settings/2fa: two-factor sign-in on and off, and its recovery codes."""

from flask import Blueprint, Response, url_for

from twofa.domain import enforcement, phones
from twofa.domain.access import Access
from twofa.domain.challenge import Challenge, Purpose
from twofa.flows import manage_factors as flow
from twofa.flows import see_factors, send_code
from twofa.web import code_page
from twofa.web import session as browser
from twofa.web.code_page import CodeForm, Place
from twofa.web.countries import choices
from twofa.web.guard import access
from twofa.web.language import gettext
from twofa.web.number_form import NumberForm
from twofa.web.pages import go, page
from twofa.web.words import (
    CODES_UNSAVED,
    NUMBER_TAKEN,
    OTHER_NUMBER,
    OUT_OF_TRIES_NUMBER,
    UNCHECKED_NUMBER,
)

twofa = Blueprint("twofa", __name__)


@twofa.get("/settings/2fa")
@access(Access.SIGNED_IN, sets_up=True)
def show() -> Response:
    """Say how two-factor sign-in stands."""
    services, sign_in = browser.services(), browser.sign_in()
    seen, policy = see_factors.overview(services, sign_in), services.policy
    return page(
        "settings/twofa.html",
        on=sign_in.person.twofa_since is not None,
        masked=phones.mask(seen.phone) if seen.phone else "",
        since=seen.since,
        app_since=seen.app_since,
        app_counts=seen.app_counts,
        may_set_app_up=seen.may_set_app_up,
        may_add_number=seen.may_add_number,
        has_password=see_factors.has_password(sign_in),
        codes_left=seen.codes_left,
        codes_total=policy.recovery_codes,
        codes_unsaved=CODES_UNSAVED if sign_in.person.codes_unsaved_since else "",
        confirmed_address=bool(sign_in.person.email),
        may_turn_on=seen.may_turn_on,
        required=enforcement.is_required(sign_in.person, policy.require_2fa, services.clock()),
        change_url=url_for("change_phone.ask"),
    )


@twofa.route("/settings/2fa/enable", methods=["GET", "POST"])
@access(Access.FRESH, sets_up=True)
def enable() -> Response:
    """Ask for the number, say what SMS does and doesn't protect from, send a code."""
    services, sign_in = browser.services(), browser.sign_in()
    seen = see_factors.overview(services, sign_in)
    if not (seen.may_turn_on or seen.may_add_number):
        return go("twofa.show")
    form = NumberForm()
    if not form.is_submitted():
        begun = send_code.current(services, sign_in.id, Purpose.ENABLE)
        if begun is not None:
            form.phone.data = begun.phone
        return _number_page(form)
    if not form.validate():
        return _number_page(form, 422)
    phone = form.take(phones.parse(form.phone.data or "", form.country.data, services.policy))
    if phone is None:
        return _number_page(form, 422)
    if flow.ask_number(services, browser.caller(), sign_in, phone) is not None:
        form.fails("phone", OTHER_NUMBER)
        return _number_page(form, 422)
    return go("twofa.confirm")


@twofa.route("/settings/2fa/confirm", methods=["GET", "POST"])
@access(Access.FRESH, sets_up=True)
def confirm() -> Response:
    """Take the code of the new number; a right one turns two-factor sign-in on."""
    services, sign_in = browser.services(), browser.sign_in()
    begun = send_code.current(services, sign_in.id, Purpose.ENABLE)
    if sign_in.person.twofa_since and not see_factors.overview(services, sign_in).may_add_number:
        return go("twofa.show")
    if begun is None:
        return code_page.begin_again("twofa.enable")
    form = CodeForm()
    if not form.validate_on_submit():
        return _code_page(form, begun, 422 if form.errors else 200)
    outcome = flow.turn_on(
        services, browser.caller(), sign_in, token=browser.token(), typed=form.code.data or ""
    )
    if isinstance(outcome, flow.TurnedOn):
        browser.go_on(outcome.token, second_step=True)
        if outcome.made_codes:
            return go("twofa.new_recovery_codes")
        browser.notice("good", "number_added")
        return go("twofa.show")
    if isinstance(outcome, flow.NumberTaken):
        number = NumberForm(formdata=None)
        number.fails("phone", NUMBER_TAKEN)
        return _number_page(number, 422)
    status, wait = code_page.refuse(
        form, outcome, ended=OUT_OF_TRIES_NUMBER, unchecked=UNCHECKED_NUMBER
    )
    return _code_page(
        form, send_code.current(services, sign_in.id, Purpose.ENABLE) or begun, status, wait
    )


@twofa.post("/settings/2fa/confirm/resend")
@access(Access.FRESH, sets_up=True, form_on="twofa.confirm")
def confirm_resend() -> Response:
    """Send another code to the number that was typed."""
    services, sign_in = browser.services(), browser.sign_in()
    begun = send_code.current(services, sign_in.id, Purpose.ENABLE)
    if begun is None:
        return go("twofa.enable")
    answer = send_code.send_again(services, browser.caller(), begun)
    if isinstance(answer, send_code.TooSoon):
        form = CodeForm(formdata=None)
        code_page.too_soon(form, answer)
        return _code_page(form, begun, 429, answer.wait)
    code_page.note_resend(begun, answer)
    return go("twofa.confirm" if answer else "twofa.enable")


@twofa.get("/settings/2fa/confirm/status")
@access(Access.SIGNED_IN, json=True, sets_up=True)
def confirm_status() -> Response:
    """Tell where the message is, for the page's live line."""
    return code_page.status(
        send_code.current(browser.services(), browser.sign_in().id, Purpose.ENABLE),
        recovers=False,
        back=True,
    )


def _number_page(form: NumberForm, status: int = 200) -> Response:
    services = browser.services()
    policy, phone = services.policy, see_factors.phone_of(services, browser.sign_in())
    return page(
        "settings/enable.html",
        status,
        form=form,
        adds=browser.sign_in().person.twofa_since is not None,
        countries=choices(policy),
        default_region=policy.default_region or "",
        change_url=url_for("change_phone.ask") if phone else "",
    )


def _code_page(form: CodeForm, begun: Challenge, status: int = 200, wait: float = 0) -> Response:
    adds = browser.sign_in().person.twofa_since is not None
    place = Place(
        heading=gettext("Check your phone"),
        step=gettext("Step 2 of 2") if adds else gettext("Step 2 of 3"),
        verify_url=url_for("twofa.confirm"),
        resend_url=url_for("twofa.confirm_resend"),
        status_url=url_for("twofa.confirm_status"),
        back=(url_for("twofa.enable"), gettext("Change the number")),
    )
    masked = phones.mask(begun.phone)
    return code_page.show(form, begun, place, masked=masked, status=status, wait=wait)
