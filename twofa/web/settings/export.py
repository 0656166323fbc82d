"""/settings/data: everything that is kept about a person, as a file."""

import json

from flask import Blueprint, Response

from twofa.domain.sessions.access import Access
from twofa.flows.account import export_data
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import page
from twofa.web.sessions import browser

data = Blueprint("data", __name__)


@data.route("/settings/data", methods=["GET", "POST"])
@access(Access.FRESH)
def download() -> Response:
    """Say what the file holds; give it."""
    form = Form()
    if not form.is_submitted():
        return page("settings/data.html", form=form)
    found = export_data.export(browser.services(), browser.caller(), browser.sign_in())
    name = f"account-data-{found['made_at'][:10]}.json"
    return Response(
        json.dumps(found, ensure_ascii=False, indent=2) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
