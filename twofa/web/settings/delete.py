"""/settings/delete: delete the account."""

from flask import Blueprint, Response

from twofa.domain.sessions.access import Access
from twofa.flows.account import delete_account
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser, remembered_address

delete = Blueprint("delete", __name__)


@delete.route("/settings/delete", methods=["GET", "POST"])
@access(Access.FRESH)
def ask() -> Response:
    """Show the settings page of what is deleted and what is kept; on POST delete the account."""
    form = Form()
    if not form.is_submitted():
        keep = browser.services().policy.retention
        days, fewer = keep.events.days, keep.addresses.days
        return page("settings/delete.html", form=form, days=days, fewer=fewer)
    delete_account.delete(browser.services(), browser.caller(), browser.sign_in())
    browser.end()
    browser.forget_device()
    browser.notice("good", "deleted")
    response = go("login.sign_in")
    remembered_address.forget(response)
    return response
