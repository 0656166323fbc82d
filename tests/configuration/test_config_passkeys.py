"""Settings of passkeys: the host that they are bound to, and which hosts stop the start."""

import pytest
from support.site.configuration import DEVELOPMENT, PRODUCTION, faults, load

SITE = "https://login.example.com"
APP = "android:apk-key-hash:" + "aB3_-" * 8 + "xyz"
HOSTS = {
    "the host of the address": ({"PUBLIC_URL": SITE}, "login.example.com"),
    "without its port": ({"PUBLIC_URL": f"{SITE}:8443"}, "login.example.com"),
    "a parent domain": ({"PUBLIC_URL": SITE, "PASSKEY_RP_ID": "example.com"}, "example.com"),
    "an earlier host": (
        {"PUBLIC_URL": SITE, "PASSKEY_RP_ID": "a.test", "PASSKEY_ORIGINS": "https://a.test"},
        "a.test",
    ),
    "none where passkeys are off": ({"PUBLIC_URL": SITE, "PASSKEYS": "off"}, None),
    "none at an address of IPv4": ({"PUBLIC_URL": "https://192.0.2.7"}, None),
    "none at an address of IPv6": ({"PUBLIC_URL": "https://[2001:db8::7]"}, None),
}
REFUSED = {
    "another host": {"PASSKEY_RP_ID": "other.example"},
    "the end of a label": {"PASSKEY_RP_ID": "ogin.example.com"},
    "a top-level domain": {"PASSKEY_RP_ID": "com"},
    "a host below": {"PASSKEY_RP_ID": "a.login.example.com"},
    "an earlier host that isn't listed": {
        "PASSKEY_RP_ID": "a.test",
        "PASSKEY_ORIGINS": "https://b.test",
    },
    "an address": {"PASSKEY_RP_ID": SITE},
    "capitals": {"PASSKEY_RP_ID": "Example.com"},
}
NO_ORIGINS = ("example.com", "http://a.test", "https://a.test/path", "*", "android:apk-key-hash:a")


@pytest.mark.parametrize(("changed", "host"), HOSTS.values(), ids=HOSTS)
def test_passkeys_are_bound_to_a_host(changed: dict[str, str], host: str | None) -> None:
    assert load(**changed).rp_id == host


@pytest.mark.parametrize("changed", REFUSED.values(), ids=REFUSED)
def test_a_host_that_browsers_would_refuse_stops_the_start(changed: dict[str, str]) -> None:
    (fault,) = faults(PRODUCTION, **{"PUBLIC_URL": SITE, **changed})
    assert fault.startswith("PASSKEY_RP_ID must be ")


def test_on_a_laptop_they_are_bound_to_localhost() -> None:
    assert load(DEVELOPMENT).rp_id == "localhost"


def test_origins_of_apps_and_earlier_hosts_are_listed() -> None:
    settings = load(PUBLIC_URL=SITE, PASSKEY_ORIGINS=f"{APP}, HTTPS://old.example.com:443")
    assert load(PUBLIC_URL=SITE).passkey_origins == ()
    assert settings.passkey_origins == (APP, "https://old.example.com")


@pytest.mark.parametrize("origin", NO_ORIGINS)
def test_what_is_no_origin_stops_the_start(origin: str) -> None:
    (fault,) = faults(PRODUCTION, PUBLIC_URL=SITE, PASSKEY_ORIGINS=origin)
    assert fault.startswith("PASSKEY_ORIGINS must be ")
