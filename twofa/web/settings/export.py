"""/settings/data: everything stored about a person, as a file."""

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
    """Show the settings page of what the export contains; on POST return the file as JSON."""
    form = Form()
    if not form.is_submitted():
        return page("settings/data.html", form=form)
    contents = export_data.export(browser.services(), browser.caller(), browser.sign_in())
    name = f"account-data-{contents['made_at'][:10]}.json"
    return Response(
        json.dumps(contents, ensure_ascii=False, indent=2) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
