"""flask doctor on the mail server: whether it answers, and which TLS it offers."""

import smtplib
import ssl
from dataclasses import replace

from twofa.adapters.mail import connection
from twofa.cli.check_result import Finding
from twofa.domain.settings import Mail, Settings

PATIENCE = 5.0
SPOKEN = {
    "starttls": "offers TLS by STARTTLS",
    "implicit": "speaks TLS from the first byte",
    "off": "offers no TLS",
}
"""By the value of MAIL_TLS that matches it."""


def server(settings: Settings) -> Finding:
    """Check the mail server for flask doctor: greet it, as sending an email would."""
    mail = settings.mail
    if mail is None:
        words = "no server: mails are shown in the log and at /dev/inbox"
        return Finding("mail", settings.development, words, "Set MAIL_SERVER.")
    try:
        with connection(mail, timeout=PATIENCE, context=ssl.create_default_context()) as smtp:
            return _answer(mail, smtp)
    except ssl.SSLCertVerificationError as fault:
        words = (
            f"its certificate isn't one for {mail.server} that we trust ({fault.verify_message})"
        )
        mend = "Set MAIL_SERVER to the name in its certificate, or have it get another."
        return Finding("mail", False, words, mend)
    except (OSError, smtplib.SMTPException) as trouble:
        return _fault(mail, trouble)


def _answer(mail: Mail, smtp: smtplib.SMTP) -> Finding:
    utf8 = smtp.has_extn("smtputf8")
    letters = "every script" if utf8 else "the letters a to z alone (no SMTPUTF8)"
    tls = f"TLS ({smtp.sock.version()})" if isinstance(smtp.sock, ssl.SSLSocket) else "no TLS"
    words = f"answers, with {tls}; takes addresses in {letters}"
    offers = mail.tls == "off" and smtp.has_extn("starttls")
    mend = "Set MAIL_TLS=starttls: the server offers it." if offers else ""
    return Finding("mail", True, words, mend, note=offers)


def _fault(mail: Mail, trouble: Exception) -> Finding:
    spoken = _spoken(mail)
    if spoken in ("", mail.tls):
        mend = "See that MAIL_SERVER, MAIL_PORT and MAIL_TLS are right."
        return Finding("mail", False, f"can't be reached ({type(trouble).__name__})", mend)
    mend = f"Set MAIL_TLS={spoken}."
    if spoken == "off":
        mend = (
            "Have the server offer TLS, or look whether another MAIL_PORT does. MAIL_TLS=off sends "
            "passwords and links readable to anyone in between: only within a machine or network "
            "of your own."
        )
    return Finding("mail", False, SPOKEN[spoken], mend)


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
