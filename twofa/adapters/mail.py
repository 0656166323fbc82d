"""Mail: one message, one connection, by smtplib."""

import re
import secrets
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from enum import StrEnum
from typing import Protocol

from twofa.domain.accounts import email_addresses
from twofa.domain.settings import Mail

OKAY = 250
FROM = re.compile("^From ", re.MULTILINE)
"""What smtplib, and many a mailbox on the way, turns into ``>From`` unless it is encoded."""


class MailOutcome(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"


class Mailer(Protocol):
    """Takes mails."""

    def speaks_smtputf8(self) -> bool:
        """Whether addresses with letters beyond ASCII before the @ can be sent to (RFC 6531).

        True as well where that can't be known now. Never raises.
        """
        ...

    def send(self, *, to: str, subject: str, text: str) -> MailOutcome:
        """Hand one mail over; to nobody (``""``), do the same work and send nothing.

        Never raises.
        """
        ...


@contextmanager
def connection(
    settings: Mail, *, timeout: float, context: ssl.SSLContext | None
) -> Iterator[smtplib.SMTP]:
    """Connect to the mail server as MAIL_TLS says, and greet it, ``timeout`` seconds for each step.

    Raises OSError, of which ssl.SSLError is one, or SMTPException.
    """
    host, port = settings.server, settings.port
    with (
        smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
        if settings.tls == "implicit"
        else smtplib.SMTP(host, port, timeout=timeout)
    ) as server:
        if settings.tls == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        yield server


class SmtpMailer:
    """Hands mails to the operator's mail server."""

    def __init__(
        self, settings: Mail, *, timeout: float, show: Callable[[str, str, str], None] | None
    ) -> None:
        self._settings = settings
        self._timeout = timeout
        self._show = show
        self._tls = ssl.create_default_context() if settings.tls != "off" else None
        sender = email_addresses.sender(settings.sender)
        if sender is None:
            raise ValueError("the settings' sender is no address")
        self._sender = sender
        self._smtputf8: bool | None = None
        """What the server said at the last connection; None before the first."""
        self._asking = threading.Lock()

    def speaks_smtputf8(self) -> bool:
        """Whether the server speaks SMTPUTF8, by its last word or, unless that was yes, a new one.

        One caller at a time waits for it, the others go by its last word; True where there is none.
        """
        if not self._smtputf8 and self._asking.acquire(blocking=False):
            try:
                with suppress(OSError, smtplib.SMTPException), self._connected():
                    pass
            finally:
                self._asking.release()
        return self._smtputf8 is not False

    def send(self, *, to: str, subject: str, text: str) -> MailOutcome:
        """Send one mail; trouble that passes is LATER, a final no is REFUSED."""
        try:
            recipient = email_addresses.wire(to) if to else ""
            self._hand_over(_mail(self._sender, recipient, subject, text), to=recipient)
        except smtplib.SMTPRecipientsRefused as no:
            return _refusal(*(code for code, _ in no.recipients.values()))
        except smtplib.SMTPDataError as no:
            return _refusal(no.smtp_code)
        except (smtplib.SMTPException, OSError):
            return MailOutcome.LATER
        except ValueError:  # an address that no header takes, or not this server
            return MailOutcome.REFUSED
        if self._show and to:
            self._show(to, subject, text)
        return MailOutcome.SENT

    def _hand_over(self, mail: EmailMessage, *, to: str) -> None:
        mine = self._settings
        with self._connected() as server:
            if email_addresses.needs_smtputf8(to) and not self._smtputf8:
                raise ValueError("the server doesn't speak SMTPUTF8")
            if mine.username:
                server.login(mine.username, mine.password)
            if to:
                server.send_message(mail, self._sender.addr_spec, [to])
            else:
                _rehearse(server, mail, self._sender.addr_spec)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Connect, and note what the server speaks."""
        with connection(self._settings, timeout=self._timeout, context=self._tls) as server:
            self._smtputf8 = server.has_extn("smtputf8")
            yield server


class ShownMailer:
    """Development without a mail server: the mail is shown, not sent."""

    def __init__(self, show: Callable[[str, str, str], None]) -> None:
        self._show = show

    def speaks_smtputf8(self) -> bool:
        """Whether every address can be shown: so it is."""
        return True

    def send(self, *, to: str, subject: str, text: str) -> MailOutcome:
        """Show one mail, unless it is to nobody."""
        if to:
            self._show(to, subject, text)
        return MailOutcome.SENT


def _rehearse(server: smtplib.SMTP, mail: EmailMessage, sender: str) -> None:
    """Do what sending costs, with as many answers of the server, and take it back."""
    mail.as_bytes()
    code, said = server.mail(sender)
    if code != OKAY:
        raise smtplib.SMTPSenderRefused(code, said, sender)
    server.noop()
    server.noop()
    server.rset()


def _refusal(*codes: int) -> MailOutcome:
    final = all(code >= 500 for code in codes)  # noqa: PLR2004 - RFC 5321: 5yz is final
    return MailOutcome.REFUSED if final else MailOutcome.LATER


def _mail(sender: Address, to: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to or sender.addr_spec, subject
    mail["Date"] = formatdate(usegmt=True)
    # The library's own would tell when and by which process it was made.
    mail["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers back
    mail.set_content(text)
    if FROM.search(text):
        mail.set_content(text, cte="quoted-printable")
        mail.set_payload(FROM.sub("=46rom ", str(mail.get_payload())))
    return mail
