"""Mail addresses: what is one, and the one form in which it is stored, compared and sent to.

Domains are read by IDNA 2008 (RFC 5891, UTS #46) here and nowhere else. IDNA 2003, which Python's
own codec writes, leads some of them to another owner: faß.example becomes fass.example.
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
"""Characters of an address at most (RFC 5321, erratum 1690), in every form of it."""
OUTSIDE = ".example"
"""Under this name the library reads an intranet's names as well, which it refuses bare."""

NAMED = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<bare>(?!")[^<>]*?))\s*<(?P<address>[^<>]*)>\s*"""
)
"""A name, in quotes or bare, and an address."""


@dataclass(frozen=True, slots=True)
class _Address:
    local_part: str
    domain: str
    ascii_domain: str
    is_inside: bool
    """Whether the internet has no such domain: it is an intranet's, or nobody's."""

    @property
    def text(self) -> str:
        return f"{self.local_part}@{self.domain}"


def read(typed: str, *, allowed: Iterable[str] = ()) -> str | None:
    """Return the address that was typed, in its usual form; None where it is none.

    That is: composed letters (NFC), the domain in its own letters and lower case, whether it was
    typed so or as ``xn--...``. A domain that the internet doesn't have must be one of the
    ``allowed`` domains or under one. A local part with compatibility characters (full-width
    letters, ligatures) is refused, for no mailbox should have such a name (UTS #39, 3.3).
    """
    address = _parsed(typed.strip(), strict=True)
    if address is None:
        return None
    if address.is_inside and not is_under(address.ascii_domain, allowed):
        return None
    is_plain = unicodedata.is_normalized("NFKC", address.local_part)
    return address.text if is_plain and len(address.text.lower()) <= LENGTH else None


def key(typed: str) -> str:
    """Return the form of an address by which it is unique, looked up and counted.

    All spellings of one address have one key. What is no address is compared as it was typed.
    """
    plain = typed.strip().lower()
    if plain.isascii() and "xn--" not in plain:
        return plain  # as the library has it, at a hundredth of the cost
    address = _parsed(typed.strip())
    return address.text.lower() if address else unicodedata.normalize("NFC", plain)


def wire(address: str) -> str:
    """Return an address as mail servers take it: its domain in ASCII (``xn--...``).

    Raises ValueError where it is no address.
    """
    parsed = _parsed(address)
    if parsed is None:
        raise ValueError("no address")
    return f"{parsed.local_part}@{parsed.ascii_domain}"


def sender(text: str) -> Address | None:
    """Return name and address of a sender of mails, its domain in ASCII; None for anything else.

    That is one mailbox by RFC 5322, but the name may stand without the quotes that its commas,
    colons or brackets would need. An address that needs SMTPUTF8 is none: every server takes ours.
    """
    named = NAMED.fullmatch(text)
    address = _parsed((named["address"] if named else text).strip())
    if address is None or needs_smtputf8(address.text):
        return None
    try:
        name = _unquoted(named) if named else ""
    except (MessageError, LookupError, ValueError):  # encoded in no way that there is
        return None
    return Address(person_names.clean(name), address.local_part, address.ascii_domain)


def _unquoted(named: re.Match[str]) -> str:
    if named["quoted"] is not None:
        return unquote(named["quoted"])
    return str(make_header(decode_header(named["bare"])))


def needs_smtputf8(address: str) -> bool:
    """Whether only mail servers that speak SMTPUTF8 (RFC 6531) take an address."""
    return not address.rpartition("@")[0].isascii()


def ascii_domain(typed: str) -> str | None:
    """Return a domain in ASCII, without the dot that may stand before it; None for no domain."""
    address = _parsed(f"postmaster@{typed.strip().removeprefix('.')}")
    return address.ascii_domain if address else None


def is_under(domain: str, others: Iterable[str]) -> bool:
    """Whether a domain in ASCII is one of others, or under one."""
    return f".{domain}".endswith(tuple(f".{other}" for other in others))


def _parsed(text: str, *, strict: bool = False) -> _Address | None:
    for outside in ("", OUTSIDE):
        try:
            found = validate_email(
                text + outside, check_deliverability=False, allow_smtputf8=True, strict=strict
            )
        except EmailNotValidError:
            continue
        return _Address(
            found.local_part,
            found.domain.removesuffix(outside),
            found.ascii_domain.removesuffix(outside),
            is_inside=bool(outside),
        )
    return None
