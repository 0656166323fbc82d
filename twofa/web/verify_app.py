"""/verify-otp/app: the second step with an authenticator app, and the other ways from there."""

from flask import Response
from wtforms import BooleanField, StringField

from twofa.domain.access import Access
from twofa.domain.assurance import Step, next_step
from twofa.domain.challenge import Purpose
from twofa.domain.remembering import has_skipped
from twofa.flows import second_step as flow
from twofa.flows import see_factors, send_code, use_app
from twofa.flows.open_session import SignedIn
from twofa.flows.see_factors import Ways
from twofa.web import app_code, trusted
from twofa.web import session as browser
from twofa.web.fields import Form, at_most, given, readable, tabs_as_spaces
from twofa.web.guard import access
from twofa.web.pages import go, page
from twofa.web.verify_otp import verify_otp, welcome
from twofa.web.words import ENTER_APP_CODE, OUT_OF_TRIES_APP, OUT_OF_TRIES_OFF


class AppForm(Form):
    """One field: it takes spaces and hyphens."""

    code = StringField(
        filters=[tabs_as_spaces], validators=[given(ENTER_APP_CODE), at_most(64), readable]
    )
    trust = BooleanField()


@verify_otp.route("/verify-otp/app", methods=["GET", "POST"])
@access(Access.PENDING)
def app() -> Response:
    """Take the code that the authenticator app shows."""
    services, sign_in = browser.services(), browser.sign_in()
    ways = see_factors.ways(services, sign_in)
    if not ways.app:
        by_phone = next_step(sign_in) is Step.PASSWORD
        return go("verify_password.verify" if by_phone else "verify_otp.verify")
    form = AppForm()
    if not form.validate_on_submit():
        return _page(form, ways, 422 if form.errors else 200)
    outcome = flow.with_app(
        services, browser.caller(), sign_in, token=browser.token(), typed=form.code.data or "",
        trusts=bool(form.trust.data),
    )  # fmt: skip
    if isinstance(outcome, SignedIn):
        return welcome(outcome)
    if outcome is None or isinstance(outcome, use_app.AppRight):
        return go("verify_otp.verify")  # removed in the same moment
    ended = OUT_OF_TRIES_OFF if has_skipped(sign_in) else OUT_OF_TRIES_APP
    status, wait = app_code.refuse(form, outcome, ended=ended)
    return _page(form, ways, status, wait)


def _page(form: AppForm, ways: Ways, status: int, wait: float = 0) -> Response:
    services, sign_in = browser.services(), browser.sign_in()
    response = page(
        "verify_app.html",
        status,
        form=form,
        ways=ways,
        trust_days=trusted.days(sign_in),
        makes_up=has_skipped(sign_in),
        sent=send_code.current(services, sign_in.id, Purpose.SIGN_IN) is not None,
        tries_left=use_app.left(services, sign_in),
    )
    if wait:
        response.headers["Retry-After"] = str(max(1, int(wait + 0.999)))
    return response


__all__ = ["verify_otp"]
