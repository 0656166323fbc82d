"""An SMTP server on loopback, whose emails tests read like a mailbox."""

import asyncio
import logging
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

logging.getLogger("mail.log").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Mail:
    """One received email."""

    to: str
    subject: str
    text: str
    raw: bytes
    sender: str = ""
    """The sender of the envelope."""
    html: str = ""
    """The part for clients that show HTML; "" where it has none."""

    @property
    def link(self) -> str:
        """The path of the first link."""
        found = re.search(r"https?://[^/\s]+(/\S*)", self.text)
        assert found, self.text
        return found[1]


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode() if isinstance(payload, bytes) else ""


class AnyPort(Controller):
    """A server on a free port, which is read before the controller's first test connection."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call] # aiosmtpd has no type


class Mailbox:
    """A real SMTP server; ``refuse`` maps addresses to the replies that refuse them.

    ``ways`` are options of aiosmtpd.
    """

    def __init__(self, **ways: Any) -> None:
        self.mails: list[Mail] = []
        self.refuse: dict[str, str] = {}
        self._server = AnyPort(self, hostname="127.0.0.1", port=0, **ways)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._server.port

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Accept or refuse a recipient."""
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Store an email."""
        content, sender = envelope.content, envelope.mail_from
        assert isinstance(content, bytes)
        assert sender is not None
        message = message_from_bytes(content)
        parts = {part.get_content_type(): _text(part) for part in message.walk()}
        html = parts.get("text/html", "")
        for to in envelope.rcpt_tos:
            subject = str(message["Subject"])
            self.mails.append(Mail(to, subject, parts["text/plain"], content, sender, html))
        return "250 OK"

    def to(self, address: str) -> list[Mail]:
        """Return the emails to one address, oldest first."""
        return [mail for mail in self.mails if mail.to == address]

    def newest(self, address: str) -> Mail:
        """Return the newest email to one address; fail where there is none."""
        mails = self.to(address)
        assert mails, f"no mail for {address}"
        return mails[-1]
