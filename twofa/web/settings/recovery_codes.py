"""/settings/2fa/recovery-codes: the number left; generate, show and confirm a new set."""

from flask import Response, request, url_for
from flask_babel import format_date

from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import is_on
from twofa.flows.recovery_codes import generate_codes
from twofa.web.http.guard import access, proof_first
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser
from twofa.web.settings import two_factor_pages
from twofa.web.text.language import gettext


@two_factor_pages.route("/settings/2fa/recovery-codes", methods=["GET", "POST"])
@access(Access.FRESH)
def recovery_codes() -> Response:
    """Show the settings page of the recovery codes left; on POST generate a new set."""
    services, sign_in = browser.services(), browser.sign_in()
    if not is_on(sign_in.person):
        return go("twofa.show")
    form = Form()
    if form.is_submitted():
        generate_codes.regenerate(services, browser.caller(), sign_in)
        return go("twofa.new_recovery_codes")
    status = generate_codes.status(services, sign_in)
    return page(
        "settings/recovery_codes.html",
        form=form,
        codes_left=status.left,
        codes_total=services.policy.recovery_codes,
        shown=status.is_shown,
        unsaved=sign_in.person.codes_unsaved_since is not None,
    )


@two_factor_pages.get("/settings/2fa/recovery-codes/new")
@access(Access.SIGNED_IN)
def new_recovery_codes() -> Response:
    """Settings page: show this session's new recovery codes, repeatedly, after fresh proof."""
    recovery_set = generate_codes.shown(browser.services(), browser.sign_in())
    if recovery_set is None:
        return go("twofa.recovery_codes")
    return proof_first() or page(
        "settings/recovery_codes_shown.html",
        heading=(
            gettext("Two-factor sign-in is on")
            if recovery_set.turned_on
            else gettext("Your new recovery codes")
        ),
        turned_on=recovery_set.turned_on,
        codes=recovery_set.codes,
        made_on=format_date(recovery_set.made_at, "d MMMM y"),
        minutes=int(browser.services().policy.recovery_set_lifetime.total_seconds() // 60),
        saved_url=url_for("twofa.recovery_codes_saved", made=recovery_set.made_at.isoformat()),
    )


@two_factor_pages.post("/settings/2fa/recovery-codes/saved")
@access(Access.SIGNED_IN, form_on="twofa.recovery_codes")
def recovery_codes_saved() -> Response:
    """Settings form: stop the reminder to save codes; ``made`` is the time of the set shown."""
    made, since = request.args.get("made", ""), browser.sign_in().person.codes_unsaved_since
    if made and since and made != since.isoformat():
        browser.notice("warn", "codes_replaced")
        return go("twofa.recovery_codes")
    generate_codes.note_saved(browser.sign_in())
    browser.notice("good", "codes_saved")
    return go("twofa.show")
