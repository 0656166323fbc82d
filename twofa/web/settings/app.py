"""/settings/2fa/app: an authenticator app set up with a QR code and its first code, or removed."""

from flask import Response, url_for

from twofa.domain import totp
from twofa.domain.access import Access
from twofa.flows import manage_app as flow
from twofa.flows import see_factors
from twofa.web import app_code, qr, trusted
from twofa.web import session as browser
from twofa.web.fields import SignOutForm
from twofa.web.guard import access
from twofa.web.language import gettext
from twofa.web.pages import go, page
from twofa.web.settings.twofa import twofa
from twofa.web.verify_app import AppForm
from twofa.web.words import APP_LAPSED

GROUP = 4


@twofa.route("/settings/2fa/app", methods=["GET", "POST"])
@access(Access.FRESH, sets_up=True)
def app() -> Response:
    """Show a secret as a QR code; its first right code sets the app up."""
    services, sign_in = browser.services(), browser.sign_in()
    if not flow.may_set_up(sign_in):
        return go("twofa.show")
    form = AppForm()
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200)
    outcome = flow.set_up(
        services, browser.caller(), sign_in, token=browser.token(), typed=form.code.data or ""
    )
    if isinstance(outcome, flow.Added):
        browser.go_on(outcome.token, second_step=True)
        if outcome.made_codes:
            return go("twofa.new_recovery_codes")
        browser.notice("good", "app_added")
        return go("twofa.show")
    if isinstance(outcome, flow.Lapsed):
        form.fails("code", APP_LAPSED)
        return _page(form, 422)
    status, wait = app_code.refuse(form, outcome, recovers=False)
    return _page(form, status, wait)


@twofa.post("/settings/2fa/app/remove")
@access(Access.FRESH, sets_up=True, form_on="twofa.show")
def remove_app() -> Response:
    """Remove the app; where nothing else would be left, lead to turning it all off."""
    sign_in = browser.sign_in()
    if sign_in.person.twofa_since is None:
        return go("twofa.show")
    removed = flow.remove(
        browser.services(), trusted.caller(), sign_in,
        sign_out_others=SignOutForm().sign_out_others.data,
    )  # fmt: skip
    if not removed:
        return go("twofa.disable")
    browser.notice("good", "app_removed")
    return go("twofa.show")


def _page(form: AppForm, status: int, wait: float = 0) -> Response:
    services, sign_in = browser.services(), browser.sign_in()
    secret = flow.secret_to_show(services, sign_in)
    name, email = browser.settings().app_name, sign_in.person.email
    address = totp.address(secret, account=email, issuer=name)
    seen = see_factors.overview(services, sign_in)
    is_on = sign_in.person.twofa_since is not None
    response = page(
        "settings/app.html",
        status,
        form=form,
        is_on=is_on,
        since=seen.app_since,
        may_turn_on=seen.may_turn_on,
        removal=SignOutForm(formdata=None),
        is_needed=is_on and see_factors.needs_app(sign_in),
        drawn=qr.draw(address, gettext("QR code for your authenticator app")),
        address=address,
        groups=[secret[at : at + GROUP] for at in range(0, len(secret), GROUP)],
        back_url=url_for("twofa.show"),
    )
    if wait:
        response.headers["Retry-After"] = str(max(1, int(wait + 0.999)))
    return response


__all__ = ["twofa"]
