"""Budgets of sends: which limits a message counts against, and what counts as one address."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.site.clock import START

from twofa.domain.limits import send_limit_rules
from twofa.domain.otp.challenge import Challenge, Purpose, Visitor
from twofa.domain.policy import Policy

POLICY = Policy()
OWNER = Visitor(7, b"known", "2001:db8::1", has_mail=True)
NETWORKS = {
    "an IPv4 address": ("203.0.113.5", "203.0.113.5"),
    "its neighbour": ("203.0.113.6", "203.0.113.6"),
    "an IPv6 address": ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    "another of the same customer": ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
    "another customer's": ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
    "IPv4 inside IPv6": ("::ffff:203.0.113.5", "203.0.113.5"),
    "the loopback of IPv6": ("::1", "::/64"),
    "IPv6 with a zone": ("fe80::1%eth0", "fe80::/64"),
    "nothing": ("", "unknown"),
    "a name": ("unix:", "unknown"),
    "too many numbers": ("203.0.113.5.6", "unknown"),
    "a number with a leading zero": ("203.0.113.05", "unknown"),
    "an address with a port": ("203.0.113.5:80", "unknown"),
    "a whole network": ("203.0.113.0/24", "unknown"),
}


@pytest.mark.parametrize(("address", "network"), NETWORKS.values(), ids=NETWORKS)
def test_what_counts_as_one_address(address, network):
    assert send_limit_rules.network(address) == network


@given(st.ip_addresses(v=6))
def test_everybody_in_one_64_bit_network_counts_as_one(address):
    neighbour = ipaddress.IPv6Address(int(address) ^ 1)
    if address.ipv4_mapped is None:
        assert send_limit_rules.network(str(address)) == send_limit_rules.network(str(neighbour))


def charged(purpose, **changes):
    values = {"user_id": 7, "session_id": 1, "attempts": 0, "sends": 0, **changes}
    begun = Challenge(
        id="one", purpose=purpose, phone="+14155550123", region="US", last_sent_at=None,
        consumed_at=None, expires_at=START, **values
    )  # fmt: skip
    made = send_limit_rules.charges(begun, POLICY, address="2001:db8::1")
    return [
        (c.limit.scope, c.limit.limit, c.limit.window.total_seconds() / 3600, c.key) for c in made
    ]


@pytest.mark.parametrize("purpose", [Purpose.SIGN_IN, Purpose.DISABLE])
def test_a_confirmed_number_counts_by_account_and_number(purpose):
    assert charged(purpose) == [
        ("account", 10, 1, "7"),
        ("account", 20, 24, "7"),
        ("number", 10, 1, "+14155550123"),
        ("number", 20, 24, "+14155550123"),
        ("day", 10_000, 24, "all"),
    ]


def test_a_new_number_counts_by_number_address_prefix_and_country():
    assert charged(Purpose.ENABLE) == [
        ("new-number", 5, 1, "+14155550123"),
        ("new-number", 10, 24, "+14155550123"),
        ("enrol-address", 20, 1, "2001:db8::/64"),
        ("enrol-prefix", 40, 1, "+1415555"),
        ("enrol-country", 200, 1, "US"),
        ("day", 8_000, 24, "all"),
    ]


def test_a_number_without_an_account_has_limits_of_its_own():
    assert charged(Purpose.PHONE, user_id=None) == [
        ("new-number", 5, 1, "+14155550123"),
        ("new-number", 10, 24, "+14155550123"),
        ("address", 10, 1, "2001:db8::/64"),
        ("network", 60, 1, "2001:db8::/48"),
        ("prefix", 20, 1, "+1415555"),
        ("country", 100, 1, "US"),
        ("day", 8_000, 24, "all"),
    ]


def test_a_device_of_its_account_asks_for_a_number_as_for_a_confirmed_one():
    assert charged(Purpose.PHONE, user_id=None, visitor=OWNER) == charged(Purpose.SIGN_IN)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::1", "2001:db8:1::/48"),
        ("not an address", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_wide_network_is_an_ipv4_24_or_an_ipv6_48(address: str, network: str) -> None:
    assert send_limit_rules.wide_network(address) == network
