"""Mails are plain text: names, links and sentences arrive as they were written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

MAILS = sorted(path.stem for path in Path("templates/mail").glob("[a-z]*.txt"))
NAMES = ["O'Neil & Sons", 'The "Quay" <Club>', "Łódź & Söhne"]
CONTACT = "https://help.example.com/?about=sign-in&from=mail"
VALUES = {
    "now": datetime(2030, 1, 31, 12, tzinfo=UTC),
    "token": "made-up-token-of-43-characters-0123456789abc",
    "phone_link": "https://app.example.com/phone/link/made-up-link",
    "minutes": 30,
    "ends": datetime(2030, 3, 1, tzinfo=UTC),
    "subject": "Signed in on a new device",
    "told": [{"when": "31 January 2030, 12:00 UTC", "sentence": "It's <you> & me", "where": "A&B"}],
    "more": 2,
    "wasnt_me_link": "",
    "wasnt_me_hours": 72,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_escapes_nothing(make_world, mail, name):
    world = make_world(app_name=name, support_contact=CONTACT)
    with world.app.test_request_context():
        subject, text = world.services.letters.mail(mail, **VALUES)
    for escaped in ("&#", "&amp;", "&lt;", "&gt;", "&quot;"):
        assert escaped not in subject + text
    assert name in (subject + text).replace("\n", " ")
    if "example.com/?about" in text:
        assert CONTACT in text, "a link is broken over no lines"


def test_a_mail_that_was_really_sent_names_the_sender_as_it_is_called(make_world):
    world = make_world(app_name=NAMES[0], support_contact=CONTACT)
    browser = world.browser()
    person = world.person("oneil@example.com")
    browser.post("/register", {"email": person.email, "password": person.password})
    browser.post("/forgot-password", {"email": person.email})
    mails = world.mails(person.email)
    assert len(mails) == 3
    for one in mails:
        assert NAMES[0] in one.subject
        assert NAMES[0] in one.text.replace("\n", " ")
        assert "&" in one.text
        assert "&#" not in one.text
        assert "&amp;" not in one.text
