"""/dev/inbox: in development, the messages that would have been sent."""

import re
from dataclasses import asdict

from flask import Blueprint, Response

from twofa.adapters.inbox import Inbox
from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access
from twofa.web.page.pages import page

LINK = re.compile(r"https?://\S+")


def blueprint(inbox: Inbox) -> Blueprint:
    """Return the ops blueprint of the development pages, which production never registers."""
    dev = Blueprint("dev", __name__)

    @dev.get("/dev/inbox", endpoint="inbox")
    @access(Access.PUBLIC)
    def show() -> Response:
        """Ops: show the development page of the newest messages."""
        messages = [
            {**asdict(message), "links": LINK.findall(message.text)} for message in inbox.newest()
        ]
        return page("dev_inbox.html", messages=messages)

    return dev
