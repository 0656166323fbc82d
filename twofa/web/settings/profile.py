"""/settings/profile: first and last name."""

from flask import Blueprint, Response
from wtforms import StringField

from twofa.domain.accounts.person_names import LENGTH
from twofa.domain.sessions.access import Access
from twofa.flows.account import edit_profile
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form, at_most, name, readable, strip
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser

profile = Blueprint("profile", __name__)


class ProfileForm(Form):
    """First and last name, both free text and optional."""

    first_name = StringField(filters=[strip], validators=[readable, name, at_most(LENGTH)])
    last_name = StringField(filters=[strip], validators=[readable, name, at_most(LENGTH)])


@profile.route("/settings/profile", methods=["GET", "POST"])
@access(Access.SIGNED_IN)
def edit() -> Response:
    """Show the settings page that edits the names, or take its form."""
    sign_in = browser.sign_in()
    form = ProfileForm(obj=sign_in.person)
    if not form.validate_on_submit():
        return page("settings/profile.html", 422 if form.errors else 200, form=form)
    edit_profile.rename(
        browser.services(),
        browser.caller(),
        sign_in,
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
    )
    browser.notice("good", "saved")
    return go("profile.edit")
