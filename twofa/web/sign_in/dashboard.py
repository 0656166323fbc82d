"""/dashboard: the signed-in account, the factors used, and the account's protection."""

from flask import Blueprint, Response, url_for

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import Method, SignIn, is_on
from twofa.flows.account import account_overview
from twofa.web.http.guard import access
from twofa.web.page import templates
from twofa.web.page.pages import ago, page
from twofa.web.page.rows import Row, unbroken
from twofa.web.sessions import browser
from twofa.web.text import language
from twofa.web.text.language import gettext, ngettext
from twofa.web.text.sentences import BY_RECOVERY_ALONE, CODES_UNSAVED, METHODS

dashboard = Blueprint("dashboard", __name__)


@dashboard.get("/dashboard")
@access(Access.SIGNED_IN)
def show() -> Response:
    """Show the dashboard, the page after a sign-in, with the account's protection."""
    sign_in = browser.sign_in()
    account = account_overview.look(browser.services(), sign_in)
    factors = account.factors
    rows = [_twofa(sign_in, factors), _mail(sign_in, account.waits_for)]
    if is_on(sign_in.person):
        rows.append(_recovery(sign_in, factors))
    return page("dashboard.html", how=_how(sign_in), summary=_summary(rows), rows=rows)


def _how(sign_in: SignIn) -> str:
    methods = [str(METHODS.get(word, word)) for word in dict.fromkeys(sign_in.methods.split())]
    how = language.listed(methods)
    since = ago(sign_in.second_step_at or sign_in.created_at)
    return gettext("Signed in with %(how)s, %(ago)s", how=how, ago=since)


def _summary(rows: list[Row]) -> str:
    open_points = sum(row.tone != "good" for row in rows)
    if not open_points:
        return gettext("Your account is secure.")
    if rows[0].tone == "good":
        return gettext("Your account is secure. One more step would make it safer.")
    return ngettext(
        "One recommended step to protect your account",
        "%(num)s recommended steps to protect your account",
        open_points,
    )


def _twofa(sign_in: SignIn, factors: SecondFactors) -> Row:
    name = gettext("Two-factor sign-in")
    if not is_on(sign_in.person):
        action = (url_for("twofa.show"), gettext("Turn on"))
        detail = gettext("Off. Anyone with your password can sign in.")
        if not factors.may_enable_sms:
            action = (url_for("twofa.show"), gettext("Set up"))
            detail = gettext("Off. Anyone with your phone number can sign in.")
        elif factors.number:
            detail = gettext("Off. Anyone with your password or phone number can sign in.")
        return Row(name, detail, "warn", action=action)
    # After a sign-in by recovery code the phone may be lost: link to its replacement.
    recovered = Method.RECOVERY.value in sign_in.methods.split()
    change = (url_for("twofa.show"), gettext("Change")) if recovered else None
    if factors.has_passkey:
        detail = gettext("Passkey") if factors.passkeys else gettext("Security key")
        return Row(name, detail, "good", gettext("On"), change)
    if factors.takes_app:
        return Row(name, gettext("Authenticator app"), "good", gettext("On"), change)
    if factors.number is None or factors.phone_off:
        action = (url_for("twofa.show"), gettext("Change"))
        return Row(name, str(BY_RECOVERY_ALONE), "warn", action=action)
    detail = templates.gettext("Text message to %(number)s", number=unbroken(factors.number))
    return Row(name, detail, "good", gettext("On"), change)


def _mail(sign_in: SignIn, waits_for: str) -> Row:
    if not sign_in.person.email:
        detail = gettext("Not confirmed")
        if waits_for:
            detail = templates.gettext(
                "%(address)s is not confirmed yet. Check your email for the link.",
                address=templates.address(waits_for),
            )
        return Row(gettext("Email address"), detail, "warn")
    address = templates.address(sign_in.person.email)
    detail = templates.gettext("%(address)s, confirmed", address=address)
    return Row(gettext("Email address"), detail, "good", gettext("Confirmed"))


def _recovery(sign_in: SignIn, factors: SecondFactors) -> Row:
    policy = browser.services().policy
    name, left = gettext("Recovery codes"), factors.codes_left
    if sign_in.person.codes_unsaved_since:
        action = (url_for("twofa.new_recovery_codes"), gettext("Save them"))
        return Row(name, str(CODES_UNSAVED), "warn", action=action)
    if left > policy.recovery_codes_low:
        pill = ngettext("One left", "%(num)s left", left)
        return Row(name, gettext("Use one if you lose your phone."), "good", pill)
    detail = ngettext(
        "Only one left. Create new codes.",
        "Only %(num)s left. Create new codes.",
        left,
    )
    action = (url_for("twofa.recovery_codes"), gettext("Create new codes"))
    return Row(name, detail, "warn", action=action)
