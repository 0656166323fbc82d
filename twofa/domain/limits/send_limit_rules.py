"""What may be sent: which limits one message counts against, under which keys."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace

from twofa.domain.limits.limits import DAY, SendLimit
from twofa.domain.otp.challenge import ENROLS, Asker, Challenge, is_to_new_number
from twofa.domain.policy import Policy
from twofa.domain.sms import phones

NO_NETWORK = "unknown"
"""What stands for the network of what is no address."""
OWN = ("key", "new-number")
"""Limits of one caller and one number alone."""

SHARES = ("prefix", "country")
"""Limits that strangers can use up for others, so that nobody may learn that they are."""


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
        # Whoever pumps new numbers empties this part; those who sign in have the rest.
        day = replace(day, limit=int(day.limit * (1 - policy.reserved_share)))
    return [*(Charge(limit, keys[limit.scope]) for limit in limits), Charge(day, "all")]


@dataclass(frozen=True, slots=True)
class DoorCharges:
    """The limits of one text message that an unknown device asks for with a phone number."""

    every: list[Charge]
    """Those that treat every number alike, whatever was sent."""
    day: Charge
    shares: list[Charge]
    """Those of the number's prefix and country, which all such messages use up together."""
    reserve: Charge
    """What its country has left for confirmed numbers once the shares are used up."""


def at_the_door(begun: Challenge, policy: Policy, *, address: str) -> DoorCharges:
    """Return the limits of a message that an unknown device asks for with a phone number."""
    *limits, day = charges(begun, policy, address=address)
    return DoorCharges(
        every=[one for one in limits if one.limit.scope not in SHARES],
        day=day,
        shares=[one for one in limits if one.limit.scope in SHARES],
        reserve=Charge(policy.confirmed_reserve, begun.region),
    )


def _of_key(asker: Asker, policy: Policy, *, knows_address: bool) -> list[SendLimit]:
    limits = [SendLimit("key", asker.daily, DAY), *policy.verification_sends]
    # Programs ask from one address; its people's count where it names them.
    return [limit for limit in limits if knows_address or limit.scope != "key-address"]


def unconfirmed_mail(
    limits: Iterable[SendLimit], policy: Policy, *, recipient: str, address: str
) -> list[Charge]:
    """Return every limit that a mail to an unconfirmed address counts against, the day's last.

    ``limits`` are those of its kind and recipient, ``address`` is the network address that
    asked for it.
    """
    day = policy.daily_unconfirmed_mails
    share = SendLimit(
        "mail-network-day", max(1, int(day.limit * policy.mail_network_share)), day.window
    )
    kinds = [Charge(limit, recipient) for limit in limits]
    return [*kinds, Charge(share, network(address)), Charge(day, "all")]


def untagged(email: str) -> str:
    """Return an address without its ``+tag``: for counting only, mail goes to what was typed."""
    name, at, host = email.rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{host}"


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


def wide_network(address: str) -> str:
    """Return the IPv4 /24 or IPv6 /48 network of an address; "unknown" where it is none.

    Who holds a whole network can use each of its addresses, so limits on strangers that a
    change of address must not escape count for the network.
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
