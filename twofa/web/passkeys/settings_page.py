"""/settings/passkeys: the passkeys and security keys of this account."""

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, url_for
from werkzeug.exceptions import NotFound
from wtforms import StringField

from twofa.domain.errors import LastFactor, PasskeyUnknown
from twofa.domain.passkeys import passkey
from twofa.domain.passkeys.passkey import MOST, NICKNAME_LENGTH, CredentialKind, Passkey
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import has_passkey_proof, is_on
from twofa.flows.passkeys import enrol_passkey, manage_passkeys
from twofa.flows.two_factor import factor_status
from twofa.web.http.guard import access
from twofa.web.http.route import page_rules
from twofa.web.page.form_fields import Form, SignOutForm, at_most, given, readable, strip
from twofa.web.page.pages import ago, day, go, page
from twofa.web.passkeys import script_data
from twofa.web.sessions import browser, trusted_cookies
from twofa.web.text.language import Sentence as _
from twofa.web.text.language import gettext

passkeys = Blueprint("passkeys", __name__)

ENTER_NAME = _("Enter a name for this passkey.")
FIVE_MINUTES = "public, max-age=300"


class NicknameForm(Form):
    """The name of a passkey."""

    nickname = StringField(
        filters=[strip], validators=[given(ENTER_NAME), at_most(NICKNAME_LENGTH), readable]
    )


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One passkey, for its row."""

    public_id: str
    name: str
    kind: str
    added: str
    used: str
    notes: list[str]
    form: NicknameForm


@passkeys.get("/settings/passkeys")
@access(Access.SIGNED_IN, sets_up=True)
def show() -> Response:
    """Show the settings page that lists the account's passkeys and security keys."""
    return _list()


@passkeys.get("/settings/passkeys/add")
@access(Access.FRESH, sets_up=True)
def add() -> Response:
    """Show the settings page whose script adds a passkey or a security key by the API."""
    services, sign_in = browser.services(), browser.sign_in()
    if services.relying_party is None or not sign_in.person.email:
        return go("passkeys.show")
    if len(manage_passkeys.listed(sign_in)) >= MOST:
        browser.notice("warn", "passkeys_most")
        return go("passkeys.show")
    return page(
        "settings/passkey_add.html",
        form=Form(),
        may_turn_on=not is_on(sign_in.person),
        most=NICKNAME_LENGTH,
        codes_url=url_for("twofa.new_recovery_codes"),
    )


@passkeys.route("/settings/passkeys/turn-on", methods=["GET", "POST"])
@access(Access.FRESH, sets_up=True)
def turn_on() -> Response:
    """Show the settings page that turns two-factor sign-in on with a passkey, or take its form."""
    services, sign_in = browser.services(), browser.sign_in()
    held = factor_status.load(services, sign_in)
    if is_on(sign_in.person) or not (held.passkeys and held.may_add_passkey):
        return go("passkeys.show")
    form, proved = Form(), has_passkey_proof(sign_in)
    if not (form.validate_on_submit() and proved):
        status = 422 if form.is_submitted() else 200
        return page("settings/passkey_turn_on.html", status, form=form, proved=proved)
    token = enrol_passkey.turn_on(services, browser.caller(), sign_in, token=browser.token())
    browser.go_on(token, second_step=True)
    return go("twofa.new_recovery_codes")


@passkeys.post("/settings/passkeys/<public_id>/rename")
@access(Access.SIGNED_IN, form_on="passkeys.show", sets_up=True)
def rename(public_id: str) -> Response:
    """Handle the settings form that renames a passkey."""
    form = NicknameForm()
    nickname = passkey.clean_name(form.nickname.data or "")
    if not form.validate() or not passkey.is_usable_name(nickname):
        if not form.errors:
            form.fails("nickname", ENTER_NAME)
        return _list(public_id, form)
    manage_passkeys.rename(
        browser.services(), browser.caller(), browser.sign_in(), public_id, nickname
    )
    browser.notice("good", "passkey_renamed")
    return go("passkeys.show")


@passkeys.post("/settings/passkeys/<public_id>/remove")
@access(Access.FRESH, form_on="passkeys.show", sets_up=True)
def remove(public_id: str) -> Response:
    """Handle the settings form that removes a passkey; if it is the last, lead to disabling."""
    services, sign_in = browser.services(), browser.sign_in()
    try:
        manage_passkeys.remove(
            services, trusted_cookies.caller(), sign_in, public_id,
            sign_out_others=SignOutForm().sign_out_others.data,
        )  # fmt: skip
    except LastFactor:
        if is_on(sign_in.person):
            return go("twofa.disable")
        raise
    browser.notice("good", "passkey_removed")
    return go("passkeys.show")


@passkeys.get("/.well-known/passkey-endpoints")
@access(Access.PUBLIC, json=True)
@page_rules(cache=FIVE_MINUTES)
def endpoints() -> Response:
    """Tell passkey managers of the settings page of passkeys (W3C: Passkey Endpoints), as JSON."""
    if not browser.services().rp_id:
        raise NotFound
    here = browser.services().public_url + "/settings/passkeys"
    return jsonify(enroll=here, manage=here)


def _list(failed: str = "", form: NicknameForm | None = None) -> Response:
    services, sign_in = browser.services(), browser.sign_in()
    listed = manage_passkeys.listed(sign_in)
    if failed and failed not in {one.public_id for one in listed}:
        raise PasskeyUnknown("not this account's")
    rp_id = services.rp_id
    rows = [
        _row(one, rp_id, form if form is not None and one.public_id == failed else None)
        for one in listed
    ]
    return page(
        "settings/passkeys.html",
        422 if failed else 200,
        form=form or Form(),
        rows=rows,
        most=NICKNAME_LENGTH,
        has_email=bool(sign_in.person.email),
        turn_on_url=_turn_on_url(listed, rp_id),
        removal=SignOutForm(formdata=None),
        signal=script_data.signal(),
    )


def _turn_on_url(listed: list[Passkey], rp_id: str) -> str:
    """Return where a passkey turns two-factor sign-in on; "" where it is on, or there is none."""
    person = browser.sign_in().person
    has_one = any(one.kind is CredentialKind.PASSKEY and one.rp_id == rp_id for one in listed)
    may = has_one and bool(person.email) and not is_on(person)
    return url_for("passkeys.turn_on") if may else ""


def _row(one: Passkey, rp_id: str, form: NicknameForm | None) -> ListedRow:
    if form is None:
        form = NicknameForm(formdata=None)
        form.nickname.data = one.nickname
    is_key = one.kind is CredentialKind.SECURITY_KEY
    notes = [
        gettext("Only as a second step, after your password.") if is_key else "",
        gettext("Saved in your password manager.") if one.backed_up else "",
        gettext("Only works on %(host)s.", host=one.rp_id) if rp_id and one.rp_id != rp_id else "",
    ]
    return ListedRow(
        one.public_id,
        one.nickname,
        gettext("Security key") if is_key else gettext("Passkey"),
        gettext("Added %(day)s", day=day(one.created_at)),
        gettext("Last used %(ago)s", ago=ago(one.used_at))
        if one.used_at
        else gettext("Not used yet"),
        [note for note in notes if note],
        form,
    )
