"""A mail is handed to a real server, and what became of it is told apart."""

import socket
from dataclasses import replace
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

import pytest
from support.servers.certificate import Certificate
from support.site.mailbox import Mailbox

from twofa.adapters.mail import MailOutcome, ShownMailer, SmtpMailer
from twofa.domain.settings import Mail

SENDER = "Harbour <no-reply@example.com>"


class Picky(Mailbox):
    """A server that answers the text of every mail with one reply."""

    def __init__(self, reply):
        super().__init__()
        self.reply = reply

    async def handle_DATA(self, _server, _session, _envelope):  # noqa: N802 - aiosmtpd's name
        """Refuse a mail."""
        return self.reply


class Shut(Mailbox):
    """A server that takes mails of no sender."""

    async def handle_MAIL(self, *_: object):  # noqa: N802 - aiosmtpd's name
        """Refuse a sender."""
        return "550 not you"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return a certificate for 127.0.0.1."""
    return Certificate(tmp_path_factory.mktemp("tls"))


def mailer(port, *, shown=None, timeout=5.0, **changes):
    settings = Mail("127.0.0.1", port, tls="off", sender=SENDER)
    show = (lambda *mail: shown.append(mail)) if shown is not None else None
    return SmtpMailer(replace(settings, **changes), timeout=timeout, show=show)


def test_a_mail_arrives_with_its_words_and_headers(mailbox):
    to = "headers@example.com"
    outcome = mailer(mailbox.port).send(to=to, subject="Caf\u00e9 is on", text="Gr\u00fc\u00dfe\n")
    assert outcome is MailOutcome.SENT
    mail = message_from_bytes(mailbox.newest(to).raw, policy=policy.default)
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, to, "Caf\u00e9 is on")
    assert mail.get_content().replace("\r\n", "\n") == "Gr\u00fc\u00dfe\n"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.com>")
    assert parsedate_to_datetime(mail["Date"]).tzinfo
    assert mail.get_content_type() == "text/plain"


def test_a_line_that_begins_with_from_arrives_as_it_was(mailbox):
    to, text = "from-lines@example.com", "From Chrome \u2022 =20\nFrom now on\nNot From here\n"
    outcome = mailer(mailbox.port).send(to=to, subject="Hello", text=text)
    assert outcome is MailOutcome.SENT
    raw = mailbox.newest(to).raw
    assert b"\nFrom " not in raw, "a mailbox on the way would change it"
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail.get_content().replace("\r\n", "\n") == text


def test_html_comes_as_the_second_of_two_parts_and_both_arrive_as_they_were(mailbox):
    to, text = "two-parts@example.com", "From now on: Gr\u00fc\u00dfe\n"
    html = f"<p>{'x' * 2000}</p>\nFrom now on: <b>Gr\u00fc\u00dfe</b>\n"
    outcome = mailer(mailbox.port).send(to=to, subject="Hello", text=text, html=html)
    assert outcome is MailOutcome.SENT
    raw = mailbox.newest(to).raw
    assert b"\nFrom " not in raw
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 78
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail.get_content_type() == "multipart/alternative"
    parts = list(mail.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part.get_content().replace("\r\n", "\n") for part in parts] == [text, html]


def test_a_mail_to_nobody_is_made_and_talked_about_and_not_sent(mailbox):
    before, shown = len(mailbox.mails), []
    outcome = mailer(mailbox.port, shown=shown).send(to="", subject="Hello", text="x")
    assert outcome is MailOutcome.SENT
    assert (len(mailbox.mails), shown) == (before, [])


def test_a_mail_to_nobody_is_tried_again_as_others_are(mailbox):
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    assert mailer(port).send(to="", subject="Hello", text="x") is MailOutcome.LATER
    with Shut() as box:
        assert mailer(box.port).send(to="", subject="Hello", text="x") is MailOutcome.LATER


def test_no_two_mails_share_an_id(mailbox):
    to = "ids@example.com"
    for _ in range(2):
        mailer(mailbox.port).send(to=to, subject="Hello", text="Hello\n")
    first, second = (message_from_bytes(mail.raw)["Message-ID"] for mail in mailbox.to(to))
    assert first != second


def test_a_plain_sender_makes_an_id_of_its_own_host(mailbox):
    to = "plain-sender@example.com"
    mailer(mailbox.port, sender="login@mail.example.com").send(to=to, subject="Hello", text="x\n")
    mail = message_from_bytes(mailbox.newest(to).raw)
    assert mail["Message-ID"].endswith("@mail.example.com>")


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ("Harbour, Inc. <no-reply@example.com>", "Harbour, Inc.", "no-reply@example.com"),
        ('"Harbour, Inc." <no-reply@example.com>', "Harbour, Inc.", "no-reply@example.com"),
        ("Harbour; [IT] <it@example.com>", "Harbour; [IT]", "it@example.com"),
        (
            "Help @ Harbour: IT (24 h) <it@example.com>",
            "Help @ Harbour: IT (24 h)",
            "it@example.com",
        ),
        ("Z\u00fcrich, AG <it@example.com>", "Z\u00fcrich, AG", "it@example.com"),
        ("O'Neil & Sons \\ Co. <it@example.com>", "O'Neil & Sons \\ Co.", "it@example.com"),
        ("=?utf-8?q?Z=C3=BCrich?= <it@example.com>", "Z\u00fcrich", "it@example.com"),
        ("<no-reply@fa\u00df.example>", "", "no-reply@xn--fa-hia.example"),
        ("Harbour <no-reply@b\u00fccher.example>", "Harbour", "no-reply@xn--bcher-kva.example"),
        ("root@mailhost", "", "root@mailhost"),
    ],
)
def test_the_sender_arrives_as_one_address_and_its_name(sender, name, address):
    with Mailbox() as box:
        sends = mailer(box.port, sender=sender)
        assert sends.send(to="ada@example.com", subject="Hello", text="x\n") is MailOutcome.SENT
        assert sends.send(to="", subject="Hello", text="x\n") is MailOutcome.SENT
        [sent] = box.mails
    mail = message_from_bytes(sent.raw, policy=policy.default)
    assert [(one.display_name, one.addr_spec) for one in mail["From"].addresses] == [
        (name, address)
    ]
    assert not mail["From"].defects
    assert sent.sender == address
    assert mail["Message-ID"].endswith(f"@{address.partition('@')[2]}>")


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("451 4.3.2 come back later", MailOutcome.LATER),
        ("499 come back later", MailOutcome.LATER),
        ("500 no", MailOutcome.REFUSED),
        ("550 5.1.1 no such person", MailOutcome.REFUSED),
    ],
    ids=["later", "the last that passes", "the first that is final", "no such person"],
)
def test_a_refused_recipient_is_final_or_not_by_the_servers_word(mailbox, reply, outcome):
    to = f"{reply[:3]}@example.com"
    mailbox.refuse[to] = reply
    assert mailer(mailbox.port).send(to=to, subject="Hello", text="Hello\n") is outcome
    assert mailbox.to(to) == []


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [("452 full", MailOutcome.LATER), ("554 this is no mail", MailOutcome.REFUSED)],
    ids=["for now", "for good"],
)
def test_a_refused_text_is_final_or_not_by_the_servers_word(reply, outcome):
    with Picky(reply) as box:
        sent = mailer(box.port).send(to="text@example.com", subject="Hello", text="Hello\n")
    assert sent is outcome


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("a@example.com\r\nBcc: attacker@example.com", "Hello"),
        ("a@example.com\nBcc: attacker@example.com", "Hello"),
        ("victim@example.com", "Hello\r\nBcc: attacker@example.com"),
        ("victim@example.com", "Hello\rBcc: attacker@example.com"),
    ],
    ids=["in an address", "in an address by a bare newline", "in a subject", "by a bare return"],
)
def test_a_header_can_not_be_smuggled_in(mailbox, to, subject):
    before = len(mailbox.mails)
    assert mailer(mailbox.port).send(to=to, subject=subject, text="x\n") is MailOutcome.REFUSED
    assert len(mailbox.mails) == before


def test_a_line_of_one_dot_does_not_end_a_mail(mailbox):
    to = "dots@example.com"
    mailer(mailbox.port).send(to=to, subject="Hello", text="before\n.\nQUIT\nafter\n")
    assert mailbox.newest(to).text.splitlines() == ["before", ".", "QUIT", "after"]


def test_a_server_that_is_gone_is_asked_again_later():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = mailer(nobody.getsockname()[1])
        assert gone.send(to="a@example.com", subject="Hello", text="x\n") is MailOutcome.LATER


def test_a_server_that_says_nothing_costs_the_timeout_and_no_more():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = mailer(silent.getsockname()[1], timeout=0.1)
        assert slow.send(to="a@example.com", subject="Hello", text="x\n") is MailOutcome.LATER


def test_a_mail_goes_to_no_server_without_tls_where_tls_is_asked(mailbox):
    to = "tls@example.com"
    asks = mailer(mailbox.port, tls="starttls")
    assert asks.send(to=to, subject="Hello", text="x\n") is MailOutcome.LATER
    assert mailbox.to(to) == []


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_mail_goes_by_tls_to_a_server_whose_certificate_is_trusted(tls, certificate, monkeypatch):
    way = {"tls_context": certificate.server, "require_starttls": True}
    way = way if tls == "starttls" else {"ssl_context": certificate.server}
    with Mailbox(**way) as box:
        stranger = mailer(box.port, tls=tls)
        monkeypatch.setenv("SSL_CERT_FILE", certificate.path)
        for asks, outcome in (
            (mailer(box.port, tls=tls), MailOutcome.SENT),
            (mailer(box.port, tls=tls, server="localhost"), MailOutcome.LATER),
            (stranger, MailOutcome.LATER),
            (mailer(box.port, tls="implicit" if tls == "starttls" else "starttls", timeout=0.2),
             MailOutcome.LATER),
            (mailer(box.port, tls="off", timeout=0.2), MailOutcome.LATER),
        ):  # fmt: skip
            assert asks.send(to="a@example.com", subject="Hello", text="x\n") is outcome
        assert [mail.to for mail in box.mails] == ["a@example.com"]
        assert mailer(box.port, tls=tls).speaks_smtputf8()


def test_a_password_goes_to_no_server_that_takes_none(mailbox):
    to = "login@example.com"
    knows = mailer(mailbox.port, username="harbour", password="made-up-password")
    assert knows.send(to=to, subject="Hello", text="x\n") is MailOutcome.LATER
    assert mailbox.to(to) == []


def test_development_shows_what_was_sent_and_only_that(mailbox):
    shown = []
    mine = mailer(mailbox.port, shown=shown)
    mailbox.refuse["no@example.com"] = "550 no"
    mine.send(to="no@example.com", subject="Hello", text="x\n")
    mine.send(to="yes@example.com", subject="Hello", text="x\n")
    assert shown == [("yes@example.com", "Hello", "x\n")]


def test_without_a_server_a_mail_is_shown():
    shown = []
    mine = ShownMailer(lambda *mail: shown.append(mail))
    assert mine.send(to="a@example.com", subject="Hello", text="x\n") is MailOutcome.SENT
    assert shown == [("a@example.com", "Hello", "x\n")]
