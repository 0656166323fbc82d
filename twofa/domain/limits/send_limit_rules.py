"""The limits that one message counts against, and their keys."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace

from twofa.domain.limits.limits import DAY, SendLimit
from twofa.domain.otp.challenge import ENROLS, Asker, Challenge, is_to_new_number
from twofa.domain.policy import Policy
from twofa.domain.sms import phones

NO_NETWORK = "unknown"
"""The network of a text that isn't an IP address."""
OWN = ("key", "new-number")
"""Scopes that count one caller or one number alone."""

SHARES = ("prefix", "country")
"""Scopes that strangers share: no answer may disclose that such a limit is used up."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One limit and the key that it counts."""

    limit: SendLimit
    key: str


def charges(begun: Challenge, policy: Policy, *, address: str) -> list[Charge]:
    """Compute every send limit that one text message counts against, the daily limit last."""
    prefix = phones.prefix(begun.phone)
    keys = {
        "account": str(begun.user_id or begun.confirmed_by),
        "number": begun.phone,
        "new-number": begun.phone,
        "address": network(address),
        "network": wide_network(address),
        "prefix": prefix,
        "country": begun.region,
        "enrol-address": network(address),
        "enrol-prefix": prefix,
        "enrol-country": begun.region,
    }
    new = is_to_new_number(begun)
    limits: Iterable[SendLimit] = policy.new_number_sends if new else policy.confirmed_sends
    if begun.purpose in ENROLS:
        limits = policy.enrolment_sends
    if begun.asker is not None:
        limits = _of_key(begun.asker, policy, knows_address=bool(address))
        for scope in ("address", "prefix", "country"):
            keys[f"key-{scope}"] = f"{begun.asker.key_id}\0{keys[scope]}"
        keys["key"] = str(begun.asker.key_id)
    day = policy.daily_sends
    if new:
        # SMS pumping through new numbers can use up this part only, not the reserved one.
        day = replace(day, limit=int(day.limit * (1 - policy.reserved_share)))
    return [*(Charge(limit, keys[limit.scope]) for limit in limits), Charge(day, "all")]


@dataclass(frozen=True, slots=True)
class DoorCharges:
    """The limits of one text message at sign-in by phone from an unknown device."""

    every: list[Charge]
    """Limits that apply to every number alike, whether or not a message is sent."""
    day: Charge
    shares: list[Charge]
    """Limits of the number's prefix and country, shared with all such messages."""
    reserve: Charge
    """The country's reserve for confirmed numbers once ``shares`` are used up."""


def at_the_door(begun: Challenge, policy: Policy, *, address: str) -> DoorCharges:
    """Compute the send limits of a text message at sign-in by phone from an unknown device."""
    *limits, day = charges(begun, policy, address=address)
    return DoorCharges(
        every=[charge for charge in limits if charge.limit.scope not in SHARES],
        day=day,
        shares=[charge for charge in limits if charge.limit.scope in SHARES],
        reserve=Charge(policy.confirmed_reserve, begun.region),
    )


def _of_key(asker: Asker, policy: Policy, *, knows_address: bool) -> list[SendLimit]:
    limits = [SendLimit("key", asker.daily, DAY), *policy.verification_sends]
    # A program calls from one address; its users' addresses count where it passes them.
    return [limit for limit in limits if knows_address or limit.scope != "key-address"]


def unconfirmed_mail(
    limits: Iterable[SendLimit], policy: Policy, *, recipient: str, address: str
) -> list[Charge]:
    """Compute the send limits that a mail to an unconfirmed address counts against, the daily last.

    ``limits`` are those of its kind, counted by ``recipient``; ``address`` is the network address
    of the request.
    """
    day = policy.daily_unconfirmed_mails
    share = SendLimit(
        "mail-network-day", max(1, int(day.limit * policy.mail_network_share)), day.window
    )
    kinds = [Charge(limit, recipient) for limit in limits]
    return [*kinds, Charge(share, network(address)), Charge(day, "all")]


def untagged(email: str) -> str:
    """Normalise an email address for send limits, without its ``+tag``; mail goes to the whole."""
    name, at, host = email.rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{host}"


def network(address: str) -> str:
    """Compute what limits count as one address: an IPv4 address, or the /64 network of an IPv6 one.

    One customer gets a whole /64, so that a limit per IPv6 address would limit nobody. A text
    that isn't an IP address counts as "unknown".
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def wide_network(address: str) -> str:
    """Compute the network that limits count for an address: IPv4 /24 or IPv6 /48, or "unknown".

    The holder of a network can use each of its addresses; limits that a change of address must
    not evade count by network.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return NO_NETWORK
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return str(ipaddress.ip_network((ip, 48), strict=False))
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24), strict=False))
