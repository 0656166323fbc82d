"""/settings/data: everything that is kept about a person, as a file."""

import json

from flask import Blueprint, Response

from twofa.domain.access import Access
from twofa.flows import export_data as flow
from twofa.web import session as browser
from twofa.web.fields import Form
from twofa.web.guard import access
from twofa.web.pages import page

data = Blueprint("data", __name__)


@data.route("/settings/data", methods=["GET", "POST"])
@access(Access.FRESH)
def download() -> Response:
    """Say what the file holds; give it."""
    form = Form()
    if not form.is_submitted():
        return page("settings/data.html", form=form)
    found = flow.export(browser.services(), browser.caller(), browser.sign_in())
    name = f"account-data-{found['made_at'][:10]}.json"
    return Response(
        json.dumps(found, ensure_ascii=False, indent=2) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
