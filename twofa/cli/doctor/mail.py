"""flask doctor on the mail server: whether it answers, and which TLS it offers."""

import smtplib
import ssl
from dataclasses import replace

from twofa.adapters.mail import connection
from twofa.cli.doctor.check_result import Finding
from twofa.domain.settings import Mail, Settings

PATIENCE = 5.0
SPOKEN = {
    "starttls": "supports STARTTLS",
    "implicit": "requires implicit TLS",
    "off": "doesn't support TLS",
}
"""By the value of MAIL_TLS that matches it."""


def server(settings: Settings) -> Finding:
    """Check the mail server for flask doctor: greet it, as sending an email would."""
    mail = settings.mail
    if mail is None:
        words = "not set: emails are shown in the log and at /dev/inbox"
        return Finding("email server", settings.development, words, "Set MAIL_SERVER.")
    try:
        with connection(mail, timeout=PATIENCE, context=ssl.create_default_context()) as smtp:
            return _answer(mail, smtp)
    except ssl.SSLCertVerificationError as fault:
        words = f"its certificate isn't trusted for {mail.server} ({fault.verify_message})"
        fix = "Set MAIL_SERVER to the name in the certificate, or replace the certificate."
        return Finding("email server", False, words, fix)
    except (OSError, smtplib.SMTPException) as trouble:
        return _fault(mail, trouble)


def _answer(mail: Mail, smtp: smtplib.SMTP) -> Finding:
    utf8 = smtp.has_extn("smtputf8")
    letters = "in every script" if utf8 else "with the letters a to z only (no SMTPUTF8)"
    tls = "without TLS"
    if isinstance(smtp.sock, ssl.SSLSocket):
        tls = f"with TLS ({smtp.sock.version()})"
    words = f"connected {tls}; supports addresses {letters}"
    offers = mail.tls == "off" and smtp.has_extn("starttls")
    fix = "Set MAIL_TLS=starttls: the server supports it." if offers else ""
    return Finding("email server", True, words, fix, note=offers)


def _fault(mail: Mail, trouble: Exception) -> Finding:
    spoken = _spoken(mail)
    if spoken in ("", mail.tls):
        fix = "Check MAIL_SERVER, MAIL_PORT and MAIL_TLS."
        return Finding("email server", False, f"unreachable ({type(trouble).__name__})", fix)
    fix = f"Set MAIL_TLS={spoken}."
    if spoken == "off":
        fix = (
            "Turn on TLS at the server, or try another MAIL_PORT. Set MAIL_TLS=off only for a "
            "server on this machine or your own network: passwords and links are sent unencrypted."
        )
    return Finding("email server", False, SPOKEN[spoken], fix)


def _spoken(mail: Mail) -> str:
    """Return the MAIL_TLS that the server answers to, "" for none. No secret is sent."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    for tls in ("implicit", "off"):
        try:
            way = replace(mail, tls=tls)
            with connection(way, timeout=PATIENCE, context=trusting) as smtp:
                return "starttls" if tls == "off" and smtp.has_extn("starttls") else tls
        except (OSError, smtplib.SMTPException):
            continue
    return ""
