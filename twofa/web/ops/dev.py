"""/dev/inbox: on a developer's machine, the messages that were "sent"."""

import re
from dataclasses import asdict

from flask import Blueprint, Response

from twofa.adapters.inbox import Inbox
from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access
from twofa.web.page.pages import page

LINK = re.compile(r"https?://\S+")


def blueprint(inbox: Inbox) -> Blueprint:
    """Give the development pages; production never installs them."""
    dev = Blueprint("dev", __name__)

    @dev.get("/dev/inbox", endpoint="inbox")
    @access(Access.PUBLIC)
    def show() -> Response:
        """Show the newest messages."""
        messages = [
            {**asdict(shown), "links": LINK.findall(shown.text)} for shown in inbox.newest()
        ]
        return page("dev_inbox.html", messages=messages)

    return dev
