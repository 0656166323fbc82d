"""Links at the foot of every page: which URLs they may have, and the support contact as one."""

import re

from twofa.domain import security_txt

LOOPBACK = re.compile(
    r"http://(localhost|127\.0\.0\.1|\[::1\])(:[1-9][0-9]{0,4})?([/?#][!-~]*)?", re.IGNORECASE
)
MAIL = re.compile(r"mailto:[a-z0-9.!#$%&'*+/=_`{|}~-]+@[a-z0-9.-]+(\?[!-~]*)?", re.IGNORECASE)
PHONE = re.compile(r"tel:\+?[0-9().-]{3,30}", re.IGNORECASE)
NUMBER = re.compile(r"\+?[0-9(][0-9 ()./-]{3,30}")
"""A phone number in a form that people write."""


def is_page(url: str, *, development: bool) -> bool:
    """Return whether a link may lead to this URL: https, in development also http on loopback."""
    return bool(security_txt.HTTPS.fullmatch(url) or (development and LOOPBACK.fullmatch(url)))


def is_help(url: str, *, development: bool) -> bool:
    """Return whether the link to help may lead to this URL: a page, an email or a phone call."""
    return bool(
        is_page(url, development=development) or MAIL.fullmatch(url) or PHONE.fullmatch(url)
    )


def of_contact(contact: str) -> str:
    """Return the URL of a support contact: mailto:, https: or tel:; "" where it is other text."""
    text = contact.strip()
    if NUMBER.fullmatch(text) and any(digit.isdecimal() for digit in text):
        dialled = text.replace("(0)", "") if text.startswith("+") else text
        return "tel:" + re.sub(r"[^+0-9]", "", dialled)
    if is_help(text, development=False):
        return text
    return security_txt.contact(text) or ""
