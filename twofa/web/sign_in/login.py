"""/login, /login/forget-address, /logout and /."""

from flask import Blueprint, Response, g, request, url_for
from wtforms import BooleanField, PasswordField, StringField

from twofa.domain.errors import PasswordPaused
from twofa.domain.sessions.access import Access
from twofa.flows import late_requests
from twofa.flows.sessions.open_session import SignedIn
from twofa.flows.sign_in import password_sign_in
from twofa.web.code_step import verify_otp
from twofa.web.http import refusals
from twofa.web.http.guard import DASHBOARD, access, knows_session
from twofa.web.http.headers import retry_after
from twofa.web.http.next_path import asked_next
from twofa.web.page.form_fields import TEXT_MAX, Form, at_most, given, readable, strip
from twofa.web.page.pages import go, page
from twofa.web.passkeys import script_data
from twofa.web.passkeys.arrival import arrive
from twofa.web.sessions import browser, current_user, remembered_address, trusted_cookies
from twofa.web.sign_in import destination
from twofa.web.text.sentences import ENTER_EMAIL, ENTER_PASSWORD, NOTICES, WRONG_CREDENTIALS

home = Blueprint("home", __name__)
login = Blueprint("login", __name__)
logout = Blueprint("logout", __name__)


class LoginForm(Form):
    """Email address and password."""

    email = StringField(filters=[strip], validators=[given(ENTER_EMAIL), at_most(254), readable])
    password = PasswordField(validators=[given(ENTER_PASSWORD), at_most(TEXT_MAX)])
    remember = BooleanField()
    remember_address = BooleanField()


@home.get("/")
@access(Access.PUBLIC)
def begin() -> Response:
    """Redirect to the dashboard, from where the guard redirects to a sign-in if necessary."""
    return go("dashboard.show")


@login.route("/login", methods=["GET", "POST"])
@access(Access.GUEST)
def sign_in() -> Response:
    """Show the sign-in page, or take its form with address and password."""
    form = LoginForm()
    next_path = asked_next(request.args.get("next"))
    if not form.validate_on_submit():
        if not form.is_submitted() and _is_completed():
            g.notices = [("warn", "completed")]
        if not form.is_submitted():
            known = remembered_address.read()
            form.email.data = browser.expected() or known
            form.remember_address.data = bool(known)
        return _page(form, next_path, 422 if form.errors else 200)
    outcome = password_sign_in.with_password(
        browser.services(),
        trusted_cookies.caller(),
        email=form.email.data or "",
        password=form.password.data or "",
        remember=bool(form.remember.data),
        next_path=next_path,
        old=browser.maybe_sign_in(),
        form=browser.form(),
    )
    if isinstance(outcome, SignedIn):
        browser.begin(outcome, second_step=outcome.trusted is not None)
        response = arrive(outcome)
    elif isinstance(outcome, password_sign_in.CodeNeeded):
        browser.begin_pending(outcome.token)
        response = go(verify_otp.PAGES[outcome.way])
    else:
        form.fails("password", WRONG_CREDENTIALS)
        return _page(form, next_path, 422)
    if form.remember_address.data:
        remembered_address.keep(response, form.email.data or "")
    else:
        remembered_address.forget(response)
    return response


@login.post("/login/forget-address")
@access(Access.PUBLIC, form_on="login.sign_in")
def forget_address() -> Response:
    """Handle the form of the sign-in page that forgets the remembered address."""
    response = go("login.sign_in", next=asked_next(request.args.get("next")))
    remembered_address.forget(response)
    return response


@logout.post("/logout")
@access(Access.PUBLIC, form_on="home.begin")
@knows_session
def leave() -> Response:
    """Handle the sign-out form: revoke this session of a sign-in, complete or pending."""
    current_user.end_session()
    browser.notice("good", "signed_out")
    return go("login.sign_in")


def paused(refusal: PasswordPaused) -> Response:
    """Return the sign-in page with a lockout notice, wherever the wrong passwords were typed.

    A session that the lockout ended is cleared; only a complete one's address is prefilled.
    """
    form, sign_in = LoginForm(), browser.maybe_sign_in()
    next_path = asked_next(request.args.get("next"))
    if refusal.ended:
        person = browser.person()
        form = LoginForm(formdata=None)
        form.email.data = person.email if person else ""
        next_path = sign_in.next_path if sign_in else None
        browser.end()
        g.sign_in = None
    form.form_errors = [refusals.paused(refusal)]
    return retry_after(_page(form, next_path, 429, paused=refusal.at_sign_in), refusal.wait)


def _is_completed() -> bool:
    """Return whether this browser's token was just replaced by a response that it didn't get."""
    is_known = browser.maybe_sign_in() or browser.maybe_visit() or not browser.token()
    return not is_known and late_requests.replaced(browser.services(), browser.token()) is not None


def _page(form: LoginForm, next_path: str | None, status: int, *, paused: bool = False) -> Response:
    action = url_for("login.sign_in", next=next_path)
    can_register = browser.settings().registration == "open"
    # The front page redirects here by way of the dashboard, where no notice is needed.
    lead = NOTICES["sign_in"] if next_path not in (None, DASHBOARD) else ""
    known = remembered_address.read()
    is_known = bool(known) and form.email.data == known
    forget_url = url_for("login.forget_address", next=next_path) if is_known else None
    by_phone = browser.services().policy.phone_sign_in != "off"
    phone_url = url_for("phone.ask", next=next_path) if by_phone else None
    ceremony = None if form.is_submitted() else script_data.guest_ceremony()
    return page(
        "login.html", status, form=form, action=action, lead=lead, can_register=can_register,
        phone_url=phone_url, forget_url=forget_url, paused=paused,
        destination=destination.name_of(next_path or ""), ceremony=ceremony,
        next_url=next_path or url_for("dashboard.show"),
    )  # fmt: skip
