"""/confirm-identity: reauthentication before a sensitive change."""

from typing import Any

from flask import Blueprint, Response, url_for
from wtforms import PasswordField

from twofa.domain.accounts import two_factor_required
from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions.access import Access
from twofa.flows.otp import code_step as flow
from twofa.flows.otp.code_step import Waiting
from twofa.flows.otp.verify_code import Rejection
from twofa.flows.sign_in import reauthenticate
from twofa.flows.sign_in.reauthenticate import Proved
from twofa.web.code_step import code_step
from twofa.web.code_step.code_errors import Words
from twofa.web.code_step.code_step import CodeForm, CodeStep, Place
from twofa.web.http.guard import access
from twofa.web.page.form_fields import TEXT_MAX, Form, at_most, given
from twofa.web.page.pages import go, go_to, page
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import (
    ENTER_PASSWORD,
    OUT_OF_TRIES_PROOF,
    UNCHECKED_NUMBER,
    WRONG_PASSWORD,
)

identity = Blueprint("identity", __name__)
NEW_CODE_WAIT = 60
"""Seconds."""


class IdentityForm(Form):
    """The password of the signed-in account."""

    password = PasswordField(validators=[given(ENTER_PASSWORD), at_most(TEXT_MAX)])


@identity.route("/confirm-identity", methods=["GET", "POST"])
@access(Access.SIGNED_IN, sets_up=True)
def prove() -> Response:
    """Reauthentication page: ask for the password, else a code; redirect to where it was needed."""
    waiting = STEP.load()
    factors = waiting.factors
    if not factors.has_password and factors.number:
        return code_step.take(STEP, _judge, waiting=waiting)
    form = IdentityForm()
    if not form.validate_on_submit():
        return _page(form, factors, 422 if form.errors else 200)
    outcome = reauthenticate.with_password(
        browser.services(), browser.caller(), browser.sign_in(),
        token=browser.token(), password=form.password.data or "",
    )  # fmt: skip
    if isinstance(outcome, Proved):
        return _go_on(outcome)
    form.fails("password", WRONG_PASSWORD)
    return _page(form, factors, 422)


def _page(form: IdentityForm, factors: SecondFactors, status: int) -> Response:
    return page(
        "confirm_identity.html", status, form=form, has_password=factors.has_password,
        **_passkey(factors),
    )  # fmt: skip


def _passkey(factors: SecondFactors) -> dict[str, object]:
    """Return what the page needs to offer the account's passkey."""
    next_url = browser.sign_in().next_path or url_for("settings.overview")
    return {"by_passkey": factors.passkeys > 0, "next_url": next_url}


def _judge(form: Any) -> Response | Rejection:
    outcome = reauthenticate.with_code(
        browser.services(), browser.caller(), browser.sign_in(),
        token=browser.token(), typed=form.code.data or "",
    )  # fmt: skip
    return _go_on(outcome) if isinstance(outcome, Proved) else outcome


def _go_on(proved: Proved) -> Response:
    browser.go_on(proved.token, second_step=browser.sign_in().second_step_at is not None)
    return go_to(proved.next_path or url_for("settings.overview"))


def _elsewhere(waiting: Waiting) -> Response | None:
    is_asked = waiting.factors.number_for(Purpose.PROVE) is not None
    return None if is_asked else go("identity.prove")


def _ended(waiting: Waiting) -> Response:
    form = CodeForm(formdata=None)
    form.fails("code", OUT_OF_TRIES_PROOF)
    return code_step.show(STEP, form, waiting, 429, NEW_CODE_WAIT)


def _place(_waiting: Waiting) -> Place:
    services = browser.services()
    person, rule = browser.sign_in().person, services.policy.require_2fa
    is_overdue = two_factor_required.is_overdue(person, rule, services.clock())
    return Place(
        heading=gettext("Confirm it's you"),
        back=None if is_overdue else (url_for("settings.overview"), gettext("Back to settings")),
    )


STEP = CodeStep(
    page="identity.prove",
    resend="identity.resend",
    status="identity.status",
    load=lambda: flow.waiting(browser.services(), browser.sign_in(), Purpose.PROVE),
    send=lambda: flow.send(browser.services(), browser.caller(), browser.sign_in(), Purpose.PROVE),
    place=_place,
    words=lambda _: Words(OUT_OF_TRIES_PROOF, UNCHECKED_NUMBER, recovers=False),
    elsewhere=_elsewhere,
    ended=_ended,
    more=lambda waiting: _passkey(waiting.factors),
)
code_step.add_views(identity, "/confirm-identity", STEP, Access.SIGNED_IN, sets_up=True)
