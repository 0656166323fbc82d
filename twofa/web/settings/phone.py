"""/settings/phone: another phone number, the current one proved first."""

from flask import Blueprint, Response, url_for

from twofa.domain import phones
from twofa.domain.access import Access
from twofa.domain.challenge import Challenge
from twofa.flows import change_phone as flow
from twofa.flows import prove_number, remove_number, see_factors, send_code
from twofa.web import code_page, trusted
from twofa.web import session as browser
from twofa.web.code_page import ChangeCodeForm, Place
from twofa.web.countries import choices
from twofa.web.fields import SignOutForm
from twofa.web.guard import access
from twofa.web.language import gettext
from twofa.web.number_form import NumberForm
from twofa.web.pages import go, page
from twofa.web.words import (
    NUMBER_TAKEN,
    OUT_OF_TRIES_NUMBER,
    SAME_NUMBER,
    UNCHECKED_NUMBER,
)

change_phone = Blueprint("change_phone", __name__)


@change_phone.route("/settings/phone", methods=["GET", "POST"])
@access(Access.FRESH)
def ask() -> Response:
    """Ask for the number that is to be."""
    services, sign_in = browser.services(), browser.sign_in()
    if not flow.may(sign_in):
        return go("twofa.show")
    form = NumberForm()
    if not form.is_submitted():
        begun = flow.typed(services, sign_in)
        form.phone.data = begun.phone if begun else ""
        return _number_page(form)
    if not form.validate():
        return _number_page(form, 422)
    phone = form.take(phones.parse(form.phone.data or "", form.country.data, services.policy))
    if phone is None:
        return _number_page(form, 422)
    outcome = flow.ask(services, browser.caller(), sign_in, phone)
    if isinstance(outcome, flow.SameNumber):
        form.fails("phone", SAME_NUMBER)
        return _number_page(form, 422)
    sent = isinstance(outcome, flow.CodeSent)
    return go("change_phone.confirm" if sent else "change_phone.current")


@change_phone.post("/settings/phone/remove")
@access(Access.FRESH, form_on="change_phone.ask")
def remove() -> Response:
    """Delete the number, where the account has an authenticator app."""
    removed = remove_number.remove(
        browser.services(), trusted.caller(), browser.sign_in(),
        sign_out_others=SignOutForm().sign_out_others.data,
    )  # fmt: skip
    if not removed:
        return go("change_phone.ask")
    browser.notice("good", "phone_removed")
    return go("twofa.show")


@change_phone.route("/settings/phone/confirm", methods=["GET", "POST"])
@access(Access.FRESH)
def confirm() -> Response:
    """Take the code of the new number; a right one sets it."""
    services, sign_in = browser.services(), browser.sign_in()
    begun = flow.typed(services, sign_in)
    if begun is None:
        return code_page.begin_again("change_phone.ask")
    if not begun.sends:
        return go("change_phone.current")
    form = ChangeCodeForm()
    if not form.validate_on_submit():
        return _code_page(form, begun, 422 if form.errors else 200)
    outcome = flow.confirm(
        services, trusted.caller(), sign_in, token=browser.token(),
        code=form.code.data or "", sign_out_others=form.sign_out_others.data,
    )  # fmt: skip
    if isinstance(outcome, flow.Changed):
        browser.go_on(outcome.token, second_step=sign_in.second_step_at is not None)
        browser.notice("good", "phone_changed")
        return go("settings.overview" if sign_in.person.twofa_since is None else "twofa.show")
    if isinstance(outcome, flow.NumberTaken):
        number = NumberForm(formdata=None)
        number.fails("phone", NUMBER_TAKEN)
        return _number_page(number, 422)
    status, wait = code_page.refuse(
        form, outcome, ended=OUT_OF_TRIES_NUMBER, unchecked=UNCHECKED_NUMBER, recovers=False
    )
    return _code_page(form, flow.typed(services, sign_in) or begun, status, wait)


@change_phone.post("/settings/phone/confirm/resend")
@access(Access.FRESH, form_on="change_phone.confirm")
def confirm_resend() -> Response:
    """Send another code to the new number."""
    services, sign_in = browser.services(), browser.sign_in()
    begun = flow.typed(services, sign_in)
    if begun is None:
        return go("change_phone.ask")
    if not begun.sends:
        return go("change_phone.current")
    answer = send_code.send_again(services, browser.caller(), begun)
    if isinstance(answer, send_code.TooSoon):
        form = ChangeCodeForm(formdata=None)
        code_page.too_soon(form, answer)
        return _code_page(form, begun, 429, answer.wait)
    code_page.note_resend(begun, answer)
    return go("change_phone.confirm" if answer else "change_phone.ask")


@change_phone.get("/settings/phone/confirm/status")
@access(Access.SIGNED_IN, json=True)
def confirm_status() -> Response:
    """Tell where the message to the new number is, for the page's live line."""
    begun = flow.typed(browser.services(), browser.sign_in())
    return code_page.status(begun if begun and begun.sends else None, recovers=False, back=True)


def recovers() -> bool:
    """Whether a recovery code may stand for the current number."""
    return browser.sign_in().person.twofa_since is not None


def _number_page(form: NumberForm, status: int = 200) -> Response:
    services, sign_in = browser.services(), browser.sign_in()
    phone = see_factors.phone_of(services, sign_in)
    back = "twofa.show" if sign_in.person.twofa_since else "settings.overview"
    return page(
        "settings/phone.html",
        status,
        form=form,
        masked=phones.mask(phone) if phone else "",
        proved=prove_number.proved(services, sign_in),
        recovers=recovers(),
        has_mail=bool(sign_in.person.email),
        countries=choices(services.policy),
        default_region=services.policy.default_region or "",
        back_url=url_for(back),
        removal=SignOutForm(formdata=None) if remove_number.may(services, sign_in) else None,
    )


def _code_page(
    form: ChangeCodeForm, begun: Challenge, status: int = 200, wait: float = 0
) -> Response:
    place = Place(
        heading=gettext("Check your new phone"),
        step="",
        verify_url=url_for("change_phone.confirm"),
        resend_url=url_for("change_phone.confirm_resend"),
        status_url=url_for("change_phone.confirm_status"),
        back=(url_for("change_phone.ask"), gettext("Change the number")),
    )
    masked = phones.mask(begun.phone)
    return code_page.show(form, begun, place, masked=masked, status=status, wait=wait)
