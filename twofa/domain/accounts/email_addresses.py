"""Email addresses: validation, and the forms in which they are stored, compared and sent to.

Domains are converted by IDNA 2008 (RFC 5891, UTS #46), here and nowhere else. Python's own codec
is IDNA 2003, under which some belong to another owner: faß.example becomes fass.example.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.utils import unquote

from email_validator import EmailNotValidError, validate_email

from twofa.domain.accounts import person_names

LENGTH = 254
"""Maximum characters of an address (RFC 3696, erratum 1690), in each of its forms."""
OUTSIDE = ".example"
"""A suffix with which the library parses an intranet's domains, which it refuses without."""

NAMED = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<bare>(?!")[^<>]*?))\s*<(?P<address>[^<>]*)>\s*"""
)
"""A display name, in quotes or bare, and an address."""


@dataclass(frozen=True, slots=True)
class _Address:
    local_part: str
    domain: str
    ascii_domain: str
    is_inside: bool
    """True where the domain can't be in the public DNS: it is an intranet's, or nobody's."""

    @property
    def text(self) -> str:
        return f"{self.local_part}@{self.domain}"


def read(typed: str, *, allowed: Iterable[str] = ()) -> str | None:
    """Parse an account's email address, as entered, into its stored form; None where it is invalid.

    The stored form has composed letters (NFC) and the domain in Unicode and lower case, also where
    it was entered as ``xn--...``. A domain that the public DNS can't have must be one of the
    ``allowed`` domains or under one. A local part with compatibility characters (full-width
    letters, ligatures) is refused: no mailbox should have such a name (UTS #39, 3.3).
    """
    address = _parsed(typed.strip(), strict=True)
    if address is None:
        return None
    if address.is_inside and not is_under(address.ascii_domain, allowed):
        return None
    is_plain = unicodedata.is_normalized("NFKC", address.local_part)
    return address.text if is_plain and len(address.text.lower()) <= LENGTH else None


def key(typed: str) -> str:
    """Normalise an account's email address to the form in which it is unique, found and counted.

    All spellings of one address have one key. The key of an invalid address is its text, trimmed,
    in lower case and composed (NFC).
    """
    plain = typed.strip().lower()
    if plain.isascii() and "xn--" not in plain:
        return plain  # the library's result at a hundredth of its cost
    address = _parsed(typed.strip())
    return address.text.lower() if address else unicodedata.normalize("NFC", plain)


def wire(address: str) -> str:
    """Normalise an email address for mail servers, its domain in ASCII (``xn--...``).

    Raise ValueError where it isn't an address.
    """
    parsed = _parsed(address)
    if parsed is None:
        raise ValueError("no address")
    return f"{parsed.local_part}@{parsed.ascii_domain}"


def sender(text: str) -> Address | None:
    """Parse the email address and name of a mail's sender, the domain in ASCII; None where invalid.

    The text is one mailbox by RFC 5322, except that the name may lack the quotes that its commas,
    colons or brackets need. An address that needs SMTPUTF8 is invalid here: not every server
    would accept it.
    """
    named = NAMED.fullmatch(text)
    address = _parsed((named["address"] if named else text).strip())
    if address is None or needs_smtputf8(address.text):
        return None
    try:
        name = _unquoted(named) if named else ""
    except (MessageError, LookupError, ValueError):  # an unknown or wrong encoding
        return None
    return Address(person_names.clean(name), address.local_part, address.ascii_domain)


def _unquoted(named: re.Match[str]) -> str:
    if named["quoted"] is not None:
        return unquote(named["quoted"])
    return str(make_header(decode_header(named["bare"])))


def needs_smtputf8(address: str) -> bool:
    """Decide whether an email address is accepted only by mail servers with SMTPUTF8 (RFC 6531)."""
    return not address.rpartition("@")[0].isascii()


def ascii_domain(typed: str) -> str | None:
    """Normalise an email address's domain to ASCII, without a leading dot; None where invalid."""
    address = _parsed(f"postmaster@{typed.strip().removeprefix('.')}")
    return address.ascii_domain if address else None


def is_under(domain: str, others: Iterable[str]) -> bool:
    """Decide whether an email address's domain, in ASCII, is one of others, or under one."""
    return f".{domain}".endswith(tuple(f".{other}" for other in others))


def _parsed(text: str, *, strict: bool = False) -> _Address | None:
    for outside in ("", OUTSIDE):
        try:
            validated = validate_email(
                text + outside, check_deliverability=False, allow_smtputf8=True, strict=strict
            )
        except EmailNotValidError:
            continue
        return _Address(
            validated.local_part,
            validated.domain.removesuffix(outside),
            validated.ascii_domain.removesuffix(outside),
            is_inside=bool(outside),
        )
    return None
