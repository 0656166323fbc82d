"""/confirm-identity: fresh proof before something sensitive."""

from flask import Blueprint, Response, url_for
from wtforms import PasswordField

from twofa.domain import enforcement, phones
from twofa.domain.access import Access
from twofa.domain.challenge import Challenge, Purpose
from twofa.flows import prove_identity as flow
from twofa.flows import send_code
from twofa.web import code_page
from twofa.web import session as browser
from twofa.web.code_page import CodeForm, Place
from twofa.web.fields import TEXT_MAX, Form, at_most, given
from twofa.web.guard import access
from twofa.web.language import gettext
from twofa.web.pages import go, go_to, page
from twofa.web.words import (
    ENTER_PASSWORD,
    OUT_OF_TRIES_PROOF,
    UNCHECKED_NUMBER,
    WRONG_PASSWORD,
)

identity = Blueprint("identity", __name__)


class IdentityForm(Form):
    """The password of whoever is signed in."""

    password = PasswordField(validators=[given(ENTER_PASSWORD), at_most(TEXT_MAX)])


@identity.route("/confirm-identity", methods=["GET", "POST"])
@access(Access.SIGNED_IN, sets_up=True)
def prove() -> Response:
    """Ask for the password, or for a code where there is none; lead back to where it was asked."""
    number = flow.number_instead(browser.services(), browser.sign_in())
    if number is not None:
        return _by_code(number)
    form = IdentityForm()
    if not form.validate_on_submit():
        return page("confirm_identity.html", 422 if form.errors else 200, form=form)
    sign_in = browser.sign_in()
    outcome = flow.with_password(
        browser.services(),
        browser.caller(),
        sign_in,
        token=browser.token(),
        password=form.password.data or "",
    )
    if isinstance(outcome, flow.Proved):
        return _go_on(outcome)
    form.fails("password", WRONG_PASSWORD)
    return page("confirm_identity.html", 422, form=form)


@identity.post("/confirm-identity/resend")
@access(Access.SIGNED_IN, sets_up=True, form_on="identity.prove")
def resend() -> Response:
    """Send a code to the number of an account without password, the first or another."""
    services, sign_in = browser.services(), browser.sign_in()
    number = flow.number_instead(services, sign_in)
    if number is None:
        return go("identity.prove")
    before = _begun()
    answer = flow.ask_code(services, browser.caller(), sign_in)
    if isinstance(answer, send_code.TooSoon):
        form = CodeForm(formdata=None)
        code_page.too_soon(form, answer)
        return _code_page(form, number, 429, answer.wait)
    if answer is None:
        form = CodeForm(formdata=None)
        form.fails("code", OUT_OF_TRIES_PROOF)
        return _code_page(form, number, 429, 60)
    code_page.note_resend(before, answer)
    return go("identity.prove")


@identity.get("/confirm-identity/status")
@access(Access.SIGNED_IN, json=True, sets_up=True)
def status() -> Response:
    """Tell where the message is, for the page's live line."""
    return code_page.status(_begun(), recovers=False, back=True)


def _by_code(number: str) -> Response:
    form = CodeForm()
    if not form.validate_on_submit():
        return _code_page(form, number, 422 if form.is_submitted() else 200)
    outcome = flow.with_code(
        browser.services(),
        browser.caller(),
        browser.sign_in(),
        token=browser.token(),
        typed=form.code.data or "",
    )
    if isinstance(outcome, flow.Proved):
        return _go_on(outcome)
    status_code, wait = code_page.refuse(
        form, outcome, ended=OUT_OF_TRIES_PROOF, unchecked=UNCHECKED_NUMBER, recovers=False
    )
    return _code_page(form, number, status_code, wait)


def _go_on(proved: flow.Proved) -> Response:
    browser.go_on(proved.token, second_step=browser.sign_in().second_step_at is not None)
    return go_to(proved.next_path or url_for("settings.overview"))


def _begun() -> Challenge | None:
    found = send_code.current(browser.services(), browser.sign_in().id, Purpose.PROVE)
    return found if found is not None and found.consumed_at is None else None


def _code_page(form: CodeForm, number: str, status_code: int = 200, wait: float = 0) -> Response:
    services = browser.services()
    person, rule = browser.sign_in().person, services.policy.require_2fa
    is_overdue = enforcement.is_overdue(person, rule, services.clock())
    place = Place(
        heading=gettext("Confirm that it's you"),
        step="",
        verify_url=url_for("identity.prove"),
        resend_url=url_for("identity.resend"),
        status_url=url_for("identity.status"),
        back=None if is_overdue else (url_for("settings.overview"), gettext("Back to settings")),
    )
    masked = phones.mask(number)
    return code_page.show(form, _begun(), place, masked=masked, status=status_code, wait=wait)
