"""What may be sent: which limits one message counts against, under which keys."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace

from twofa.domain import phones
from twofa.domain.challenge import Challenge, Purpose, is_to_new_number
from twofa.domain.policy import Policy, SendLimit


@dataclass(frozen=True, slots=True)
class Charge:
    """One limit and the key that it counts for."""

    limit: SendLimit
    key: str


def charges(begun: Challenge, policy: Policy, *, address: str) -> list[Charge]:
    """Give every limit that one text message counts against, the day's budget last."""
    prefix = phones.prefix(begun.phone)
    keys = {
        "account": str(begun.user_id or begun.confirmed_by),
        "number": begun.phone,
        "new-number": begun.phone,
        "address": network(address),
        "prefix": prefix,
        "country": begun.region,
        "enrol-address": network(address),
        "enrol-prefix": prefix,
        "enrol-country": begun.region,
    }
    new = is_to_new_number(begun)
    limits: Iterable[SendLimit] = policy.new_number_sends if new else policy.confirmed_sends
    if begun.purpose is Purpose.ENABLE:
        limits = policy.enrolment_sends
    day = policy.daily_sends
    if new:
        # Whoever pumps new numbers empties this part; those who sign in have the rest.
        day = replace(day, limit=int(day.limit * (1 - policy.reserved_share)))
    return [*(Charge(limit, keys[limit.scope]) for limit in limits), Charge(day, "all")]


def network(address: str) -> str:
    """Give what counts as one address: an IPv4 address, or an IPv6 network of 64 bits.

    One customer gets a whole /64, so a limit on the full address limits nobody.
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
