"""Mail by SMTP: one connection for each message."""

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
from typing import Protocol, cast

from twofa.domain.accounts import email_addresses
from twofa.domain.settings import Mail

OKAY = 250
FROM = re.compile("^From ", re.MULTILINE)
"""Lines that smtplib and some mail servers change to ``>From`` unless they are encoded."""


class MailOutcome(StrEnum):
    """The outcome of sending a mail."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"


class Mailer(Protocol):
    """A sender of mails."""

    def speaks_smtputf8(self) -> bool:
        """Return whether the mail server takes non-ASCII local parts (SMTPUTF8, RFC 6531).

        Return True also where that is unknown. Never raise.
        """
        ...

    def send(self, *, to: str, subject: str, text: str, html: str = "") -> MailOutcome:
        """Send one mail by the mail server; where ``to`` is "", do the same work without sending.

        ``html`` is the same content for clients that show HTML, "" for none. Never raise.
        """
        ...


@contextmanager
def connection(
    settings: Mail, *, timeout: float, context: ssl.SSLContext | None
) -> Iterator[smtplib.SMTP]:
    """Connect to the mail server with the TLS of the settings and say EHLO.

    ``timeout`` is in seconds, for each step. Raise OSError (ssl.SSLError too) or SMTPException.
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
    """Sends mails through the operator's mail server."""

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
        """True where the server offered it at the last connection; None before the first."""
        self._asking = threading.Lock()

    def speaks_smtputf8(self) -> bool:
        """Return whether the mail server offers SMTPUTF8; True where that is unknown.

        Unless it did at the last connection, one caller at a time connects to ask again; other
        callers get the last answer.
        """
        if not self._smtputf8 and self._asking.acquire(blocking=False):
            try:
                with suppress(OSError, smtplib.SMTPException), self._connected():
                    pass
            finally:
                self._asking.release()
        return self._smtputf8 is not False

    def send(self, *, to: str, subject: str, text: str, html: str = "") -> MailOutcome:
        """Send one mail by SMTP; LATER means a temporary error, REFUSED a permanent one."""
        try:
            recipient = email_addresses.wire(to) if to else ""
            self._hand_over(_mail(self._sender, recipient, subject, text, html), to=recipient)
        except smtplib.SMTPRecipientsRefused as error:
            return _refusal(*(code for code, _ in error.recipients.values()))
        except smtplib.SMTPDataError as error:
            return _refusal(error.smtp_code)
        except (smtplib.SMTPException, OSError):
            return MailOutcome.LATER
        except ValueError:  # an address that isn't valid in a header, or needs SMTPUTF8
            return MailOutcome.REFUSED
        if self._show and to:
            self._show(to, subject, text)
        return MailOutcome.SENT

    def _hand_over(self, mail: EmailMessage, *, to: str) -> None:
        settings = self._settings
        with self._connected() as server:
            if email_addresses.needs_smtputf8(to) and not self._smtputf8:
                raise ValueError("the server doesn't speak SMTPUTF8")
            if settings.username:
                server.login(settings.username, settings.password)
            if to:
                server.send_message(mail, self._sender.addr_spec, [to])
            else:
                _rehearse(server, mail, self._sender.addr_spec)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Connect, and record whether the server offers SMTPUTF8."""
        with connection(self._settings, timeout=self._timeout, context=self._tls) as server:
            self._smtputf8 = server.has_extn("smtputf8")
            yield server


class ShownMailer:
    """Shows mails instead of sending them: for development without a mail server."""

    def __init__(self, show: Callable[[str, str, str], None]) -> None:
        self._show = show

    def speaks_smtputf8(self) -> bool:
        """Return True: without a mail server, mail to every address can be shown."""
        return True

    def send(self, *, to: str, subject: str, text: str, html: str = "") -> MailOutcome:  # noqa: ARG002 - the text is shown
        """Show one mail instead of sending it to a mail server, unless ``to`` is ""."""
        if to:
            self._show(to, subject, text)
        return MailOutcome.SENT


def _rehearse(server: smtplib.SMTP, mail: EmailMessage, sender: str) -> None:
    """Do the work of sending, with as many replies of the server, and abort the mail."""
    mail.as_bytes()
    code, reply = server.mail(sender)
    if code != OKAY:
        raise smtplib.SMTPSenderRefused(code, reply, sender)
    server.noop()
    server.noop()
    server.rset()


def _refusal(*codes: int) -> MailOutcome:
    final = all(code >= 500 for code in codes)  # noqa: PLR2004 - RFC 5321: 5yz is final
    return MailOutcome.REFUSED if final else MailOutcome.LATER


def _mail(sender: Address, to: str, subject: str, text: str, html: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to or sender.addr_spec, subject
    mail["Date"] = formatdate(usegmt=True)
    # The library's own Message-ID would disclose time and process.
    mail["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic replies
    mail.set_content(text)
    _keep_from_lines(mail, text)
    if html:
        mail.add_alternative(html, subtype="html")
        parts = mail.get_payload()
        _keep_from_lines(cast("list[EmailMessage]", parts)[1], html)
    return mail


def _keep_from_lines(part: EmailMessage, text: str) -> None:
    """Encode a text part whose lines mail servers would change."""
    if FROM.search(text):
        part.set_content(text, subtype=part.get_content_subtype(), cte="quoted-printable")
        part.set_payload(FROM.sub("=46rom ", str(part.get_payload())))
