"""/phone: sign-in by a code to a phone number, with a new person's details or an email link."""

from datetime import datetime

from flask import Blueprint, Response, request, url_for
from wtforms import BooleanField, StringField

from twofa.domain.accounts.person_names import LENGTH
from twofa.domain.otp.challenge import Challenge
from twofa.domain.sessions.access import Access
from twofa.domain.sms import phones
from twofa.flows.phone_sign_in import finish, pending_visit, sign_up, start
from twofa.flows.sessions.open_session import SignedIn
from twofa.web.http.guard import access
from twofa.web.http.next_path import asked_next
from twofa.web.page import countries, sent_email
from twofa.web.page.form_fields import Form, at_most, email_field, given, name, readable, strip
from twofa.web.page.pages import go, go_to, page
from twofa.web.page.phone_form import NumberForm
from twofa.web.sessions import browser
from twofa.web.text.sentences import ENTER_FIRST_NAME, ENTER_LAST_NAME

phone = Blueprint("phone", __name__)
LINK_SENT = "phone.link_sent"


class SignInForm(NumberForm):
    """The phone number, and the choice to stay signed in."""

    remember = BooleanField()


class DetailsForm(Form):
    """The details of a new person with a confirmed number."""

    first_name = StringField(
        filters=[strip], validators=[readable, name, at_most(LENGTH), given(ENTER_FIRST_NAME)]
    )
    last_name = StringField(
        filters=[strip], validators=[readable, name, at_most(LENGTH), given(ENTER_LAST_NAME)]
    )
    email = email_field()


@phone.route("/phone", methods=["GET", "POST"])
@access(Access.GUEST)
def ask() -> Response:
    """Sign-in page: ask for a number; the response is alike whether or not an account has it."""
    form = SignInForm()
    next_path = asked_next(request.args.get("next"))
    services, visit = browser.services(), browser.maybe_visit()
    if not form.is_submitted():
        return _number_page(form, next_path)
    if not form.validate():
        return _number_page(form, next_path, 422)
    number = form.take(
        start.read(services, browser.caller(), form.phone.data or "", form.country.data or None)
    )
    if number is None:
        return _number_page(form, next_path, 422)
    phone_request = start.Request(
        number,
        remember=bool(form.remember.data),
        # Another number continues the same visit, which keeps its next page.
        next_path=next_path or (visit.next_path if visit is not None else None),
        old=browser.maybe_sign_in(),
        visit=visit,
        form=browser.form(),
    )
    outcome = start.ask(services, browser.caller(), phone_request)
    if outcome is not None:
        browser.begin_pending(outcome.token)
    return go("verify_otp.verify")


@phone.route("/phone/details", methods=["GET", "POST"])
@access(Access.VISIT)
def details() -> Response:
    """Sign-up page: ask for details; create the account of the number confirmed in this visit."""
    services, visit = browser.services(), browser.visit()
    challenge = pending_visit.proof(services, visit)
    if challenge is None:
        return go("verify_otp.verify")
    if visit.needs_link or pending_visit.has_account(services, challenge):
        return go("phone.link_sent")
    form = DetailsForm()
    if not form.validate_on_submit():
        masked = phones.mask(challenge.phone)
        return page("phone_details.html", 422 if form.errors else 200, form=form, masked=masked)
    signed_in = sign_up.make_account(
        services,
        browser.caller(),
        visit,
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
        email=form.email.data or "",
    )
    return _welcome(signed_in)


@phone.get("/phone/link")
@access(Access.VISIT)
def link_sent() -> Response:
    """Show the sign-in page that says that a link was sent to the account's address."""
    begun = _begun_by_link()
    return _link_page(begun) if begun else go("verify_otp.verify")


@phone.post("/phone/link/resend")
@access(Access.VISIT, form_on="phone.link_sent")
def resend_link() -> Response:
    """Sign-in form: send the link again; the same whether or not an account has the number."""
    challenge = _begun_by_link()
    if challenge is None:
        return go("verify_otp.verify")
    if sent_email.wait(_link_sent_at(challenge)):
        return _link_page(challenge, early=True)
    finish.send_link_again(browser.services(), browser.caller(), browser.visit(), challenge)
    sent_email.note(LINK_SENT)
    browser.notice("good", "mail_again")
    return go(LINK_SENT)


def _begun_by_link() -> Challenge | None:
    """Return the challenge of a visit that needs the email link after its right code, or None."""
    services, visit = browser.services(), browser.visit()
    begun = pending_visit.proof(services, visit)
    if begun is None or not (visit.needs_link or pending_visit.has_account(services, begun)):
        return None
    return begun


def _link_sent_at(begun: Challenge) -> datetime | None:
    asked = sent_email.last(LINK_SENT, browser.services().policy.phone_link_lifetime)
    return asked.at if asked else begun.consumed_at


def _link_page(begun: Challenge, *, early: bool = False) -> Response:
    """Render the page without the address: this browser hasn't proved that it owns the account."""
    left = browser.visit().expires_at - browser.services().clock()
    return sent_email.sent_page(
        "phone_link_sent.html",
        _link_sent_at(begun),
        early=early,
        masked=phones.mask(begun.phone),
        minutes=max(1, int(left.total_seconds() // 60)),
    )


@phone.route("/phone/link/<token:token>", methods=["GET", "POST"])
@access(Access.VISIT)
def link(token: str) -> Response:
    """Sign-in page of an email link, in the same browser; only POST does: mail scanners open it."""
    form = Form()
    if not form.is_submitted():
        return page("phone_link.html", form=form)
    outcome = finish.with_link(
        browser.services(), browser.caller(), browser.visit(), token, token=browser.token()
    )
    if outcome is None:
        return page("dead_link.html", 410, link="phone")
    if isinstance(outcome, SignedIn):
        return _welcome(outcome)
    browser.begin_pending(outcome.token)
    return go("verify_password.verify")


def _welcome(signed_in: SignedIn) -> Response:
    browser.begin(signed_in, second_step=False)
    return go_to(signed_in.next_path or url_for("dashboard.show"))


def _number_page(form: SignInForm, next_path: str | None, status: int = 200) -> Response:
    services = browser.services()
    action = url_for("phone.ask", next=next_path)
    policy = services.policy
    visit = browser.maybe_visit()
    if visit is not None and not form.is_submitted():
        form.fill(pending_visit.number_of(services, visit))
        form.remember.data = visit.remembered
    return page(
        "phone.html",
        status,
        form=form,
        action=action,
        password_url=url_for("login.sign_in", next=next_path),
        countries=countries.field(policy),
        signs_up=policy.phone_sign_in == "sign_up",
    )
