"""Mails leave after the answer: a server that is away is asked again, a final no is believed."""

import pytest
from support.site.concurrency import address
from support.site.mailbox import AnyPort, Mailbox
from support.site.world import PASSWORD, mail

from twofa.storage.accounts.events import EventRow
from twofa.storage.delivery.messages import MessageRow


@pytest.fixture
def post_office():
    """Return a mail server of our own, which may be closed and refuse."""
    with Mailbox() as box:
        yield box


@pytest.fixture
def site(make_site, post_office):
    """Return a site whose mail goes through our own server."""
    return make_site(mail=mail(post_office))


def register(site, email):
    """Register an address at a browser of its own; it must be answered as always."""
    browser = site.stranger()
    answer = browser.post("/register", {"email": email, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/register/sent")
    site.settle()
    return browser


def state(site):
    """Return state and text of the newest mail's row."""
    row = max(
        (row for row in site.rows(MessageRow) if row.channel == "mail"),
        key=lambda row: row.created_at,
    )
    return row.state, row.sealed is not None


def reopen(box, port):
    """Open a closed mail server again at its old port."""
    box._server = AnyPort(box, hostname="127.0.0.1", port=port)
    box._server.start()


def test_while_the_mail_server_is_away_mails_wait_and_leave_when_it_is_back(site, post_office):
    email, port = f"dora-{address()}@example.com", post_office.port
    site.clock.move(minutes=1)
    post_office._server.stop()
    browser = register(site, email)
    assert state(site) == ("queued", True)
    reopen(post_office, port)
    site.clock.move(seconds=32)
    site.sweep()
    assert post_office.to(email) == [], "not before its time"
    site.clock.move(seconds=1)
    site.sweep()
    assert state(site) == ("sent", False)
    assert browser.post(post_office.newest(email).link).location == "/dashboard"


@pytest.mark.parametrize(
    ("reply", "after"),
    [
        pytest.param("550 no such mailbox", ("failed", False), id="for good"),
        pytest.param("553 name not allowed", ("failed", False), id="for its name"),
        pytest.param("450 try later", ("queued", True), id="for now"),
        pytest.param("452 mailbox full", ("queued", True), id="until it has room"),
    ],
)
def test_a_recipient_that_is_refused(site, post_office, reply, after):
    email = f"dora-{address()}@example.com"
    site.clock.move(minutes=1)
    post_office.refuse[email] = reply
    register(site, email)
    assert state(site) == after


def test_a_mail_that_never_gets_out_is_given_up_and_its_text_wiped(site, post_office):
    email = f"dora-{address()}@example.com"
    site.clock.move(minutes=1)
    post_office.refuse[email] = "450 try later"
    register(site, email)
    for hours in (0.1, 0.1, 0.5, 2):
        site.clock.move(hours=hours)
        site.sweep()
    assert state(site) == ("failed", False)


@pytest.mark.parametrize("taken", [False, True], ids=["a free address", "a taken address"])
def test_nobody_has_more_than_five_mails_an_hour_sent_to(site, post_office, taken):
    email = site.carol.email if taken else f"dora-{address()}@example.com"
    site.clock.move(hours=2)  # the mails that made the site count no more
    for typed in (email, email.upper(), email.title()) * 2:
        register(site, typed)
    mails = [one for one in post_office.mails if one.to.lower() == email]
    assert len(mails) == 5
    details = [e.detail for e in site.rows(EventRow) if e.tag == "registration_requested"]
    assert details[-6:] == [""] * 5 + ["budget registration"], (
        "the history tells which limit refused"
    )
    site.clock.move(minutes=90)
    register(site, email)
    mails = [one for one in post_office.mails if one.to.lower() == email]
    assert len(mails) == 6
