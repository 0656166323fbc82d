"""Whose address a request has, behind proxies: how the forwarding headers are read."""

import logging

import pytest
from support.site.metrics import counts, more
from support.site.statement_count import counted
from support.site.world import PUBLIC_URL

from twofa.storage.sessions.sessions import SessionRow

CONNECTION = "192.0.2.9"
LOGGER = "twofa.web"
UNREADABLE = {"X-Forwarded-For": "unknown"}


def signed_in_from(world, headers):
    """Sign in through whatever sends these headers; give the address that the session has."""
    browser = world.browser(CONNECTION)
    assert browser.sign_in(world.resident.email, headers=headers).status_code == 303
    return world.rows(SessionRow)[-1].address


READ = {
    "no proxy, no header": (0, None, CONNECTION),
    "no proxy, a header": (0, "198.51.100.7", CONNECTION),
    "no proxy, an unreadable header": (0, "unknown", CONNECTION),
    "one proxy": (1, "198.51.100.7", "198.51.100.7"),
    "one proxy, an invented address": (1, "203.0.113.250, 198.51.100.7", "198.51.100.7"),
    "one proxy, many invented ones": (1, "1.1.1.1,2.2.2.2, 198.51.100.7", "198.51.100.7"),
    "one proxy, a quote": (1, '", 198.51.100.7', "198.51.100.7"),
    "one proxy, a pair of quotes": (1, '"203.0.113.250, 198.51.100.7", 198.51.100.8',
                                    "198.51.100.8"),
    "one proxy, a backslash": (1, "\\, 198.51.100.7", "198.51.100.7"),
    "one proxy, nothing before it": (1, ",198.51.100.7", "198.51.100.7"),
    "one proxy, an unreadable one": (1, "unknown, 198.51.100.7", "198.51.100.7"),
    "one proxy, spaces and tabs": (1, "203.0.113.250,\t 198.51.100.7 \t", "198.51.100.7"),
    "one proxy without header": (1, None, CONNECTION),
    "two proxies": (2, "198.51.100.7, 10.0.0.2", "198.51.100.7"),
    "two proxies, an invented address": (2, "9.9.9.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
    "two proxies, one passed by": (2, "198.51.100.7", CONNECTION),
    "two proxies, one passed by, unreadable": (2, "unknown", CONNECTION),
    "two proxies, the last of them unreadable": (2, "198.51.100.7, unknown", "198.51.100.7"),
    "ten proxies": (10, "198.51.100.7" + ", 10.0.0.2" * 9, "198.51.100.7"),
    "ten proxies, one passed by": (10, "198.51.100.7" + ", 10.0.0.2" * 8, CONNECTION),
    "a port": (1, "198.51.100.8:4711", "198.51.100.8"),
    "the highest port": (1, "198.51.100.8:65535", "198.51.100.8"),
    "brackets and a port": (1, "[2001:db8::1]:4711", "2001:db8::1"),
    "brackets and a port, IPv4": (1, "[198.51.100.8]:4711", "198.51.100.8"),
    "IPv6": (1, "2001:db8::1", "2001:db8::1"),
    "IPv6, written out": (1, "2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
    "IPv4 as IPv6": (1, "::ffff:198.51.100.8", "198.51.100.8"),
    "IPv4 as IPv6, in hexadecimal": (1, "::ffff:c633:6408", "198.51.100.8"),
    "IPv4 as IPv6, with a port": (1, "[::ffff:198.51.100.8]:4711", "198.51.100.8"),
}  # fmt: skip


@pytest.mark.parametrize("case", READ.values(), ids=READ.keys())
def test_the_address_is_read_as_deep_as_there_are_proxies(behind, case):
    proxies, forwarded, expected = case
    headers = {"X-Real-IP": "203.0.113.251", "Forwarded": "for=203.0.113.252"}
    if forwarded is not None:
        headers["X-Forwarded-For"] = forwarded
    assert signed_in_from(behind(proxies), headers) == expected


REFUSED = {
    "nothing": "",
    "spaces": " ",
    "an empty last element": "198.51.100.7,",
    "a word": "unknown",
    "an obfuscated identifier": "_hidden",
    "a name": "client.example.com",
    "a quoted address": '"198.51.100.7"',
    "a lone quote": '"',
    "an element of Forwarded": "for=198.51.100.7",
    "two addresses without a comma": "198.51.100.7 198.51.100.8",
    "a semicolon": "203.0.113.250; 198.51.100.7",
    "a network": "198.51.100.0/24",
    "a number": "3325256711",
    "a part that is missing": "198.51.100",
    "a part too many": "198.51.100.7.1",
    "a part too large": "198.51.100.256",
    "a leading zero": "198.51.100.07",
    "hexadecimal": "0xc6.51.100.7",
    "a foreign digit": "198.51.100.\u0667",
    "no port": "198.51.100.8:",
    "port zero": "198.51.100.8:0",
    "a port too large": "198.51.100.8:65536",
    "a port too long": "198.51.100.8:100000",
    "a port with a sign": "198.51.100.8:+80",
    "a port with a leading zero": "198.51.100.8:080",
    "two ports": "198.51.100.8:80:80",
    "a space before the port": "198.51.100.8 :80",
    "brackets without a port": "[2001:db8::1]",
    "brackets with an empty port": "[2001:db8::1]:",
    "a bracket that isn't closed": "[2001:db8::1:4711",
    "a bracket that isn't opened": "2001:db8::1]:4711",
    "double brackets": "[[2001:db8::1]]:4711",
    "empty brackets": "[]:4711",
    "IPv6 with a port and no brackets": "2001:db8:1:2:3:4:5:6:4711",
    "a zone": "fe80::1%eth0",
    "a zone in brackets": "[fe80::1%eth0]:4711",
    "a socket": "unix:",
    "a control character": "198.51.100.7\x0b",
    "a no-break space": "\xa0198.51.100.7",
    "a novel": "x" * 300,
}


@pytest.mark.parametrize("element", REFUSED.values(), ids=REFUSED.keys())
def test_whatever_is_no_address_is_refused(behind, element):
    browser = behind(1).browser(CONNECTION)
    sent = element.encode().decode("latin-1")
    for forwarded in (sent, f"198.51.100.7, {sent}"):
        answer = browser.request("GET", "/login", headers={"X-Forwarded-For": forwarded})
        assert answer.status_code == 400


def test_several_headers_are_read_as_one(behind):
    browser = behind(2).browser(CONNECTION)
    for lines, status in (
        (["203.0.113.1", "198.51.100.7", "10.0.0.2"], 200),
        (["203.0.113.1, unknown", "10.0.0.2"], 400),
        (["unknown", "198.51.100.7, 10.0.0.2"], 200),
    ):
        given = [("X-Forwarded-For", line) for line in lines]
        answer = browser.client.get("/login", base_url=PUBLIC_URL, headers=given)
        assert answer.status_code == status, lines


def test_the_refusal_is_a_page_or_json_and_asks_no_database(behind):
    browser = behind(1).resident.browser
    with counted(behind(1), keys=True) as statements:
        for path in ("/", "/login", "/dashboard", "/nope", "/static/app.css"):
            answer = browser.request("GET", path, headers=UNREADABLE)
            assert answer.status_code == 400, path
            assert browser.page.heading == "Something went wrong"
        posted = browser.request("POST", "/logout", headers=UNREADABLE)
        assert posted.status_code == 400
        for path in ("/api/session", "/api/verifications", "/api/nope"):
            answer = browser.request("GET", path, headers=UNREADABLE)
            assert answer.status_code == 400, path
            assert answer.json["error"]["code"] == "bad_request"
    assert statements == []
    assert browser.is_signed_in()


def test_the_refusal_comes_before_the_outer_ring(behind):
    browser = behind(1).browser("192.0.2.77")
    for _ in range(61):
        assert browser.request("POST", "/login", headers=UNREADABLE).status_code == 400
    clean = {"X-Forwarded-For": "192.0.2.77"}
    browser.request("POST", "/login", headers=clean)
    assert browser.page.heading == "Sign in", "a fresh form: it was not turned away"


@pytest.mark.parametrize("forwarded", ["unknown", "", '"', "10.0.0.1,", "198.51.100.7"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_monitors_are_answered_whatever_the_header_says(behind, path, forwarded, caplog):
    browser = behind(2).browser(CONNECTION)
    before = counts()
    with caplog.at_level(logging.WARNING, LOGGER):
        answer = browser.request("GET", path, headers={"X-Forwarded-For": forwarded})
    assert answer.status_code == 200
    assert not more(before)
    assert not caplog.records


@pytest.mark.parametrize(
    ("reason", "forwarded", "status"),
    [("refused", "10.0.0.1, unknown, 10.0.0.2", 400), ("short", "198.51.100.7", 200)],
)
def test_each_fault_is_counted_and_logged_once_an_hour(
    make_world, caplog, reason, forwarded, status
):
    world = make_world(trusted_proxies=2)
    browser = world.browser(CONNECTION)

    def ask(times):
        before = counts()
        caplog.clear()
        for _ in range(times):
            answer = browser.request("GET", "/login", headers={"X-Forwarded-For": forwarded})
            assert answer.status_code == status
        assert more(before)["twofa_forwarded_headers_total", reason] == times
        return [one.getMessage() for one in caplog.records if one.name == LOGGER]

    with caplog.at_level(logging.WARNING, LOGGER):
        (line,) = ask(5)
        assert CONNECTION in line
        assert forwarded not in line
        world.clock.move(minutes=59)
        assert ask(2) == []
        world.clock.move(minutes=2)
        assert len(ask(2)) == 1


def test_one_fault_does_not_keep_the_other_from_the_log(make_world, caplog):
    browser = make_world(trusted_proxies=2).browser(CONNECTION)
    with caplog.at_level(logging.WARNING, LOGGER):
        for forwarded in ("198.51.100.7", "unknown, 10.0.0.2"):
            browser.request("GET", "/login", headers={"X-Forwarded-For": forwarded})
    assert len([one for one in caplog.records if one.name == LOGGER]) == 2


def test_a_request_without_the_header_is_no_fault(behind, caplog):
    before = counts()
    with caplog.at_level(logging.WARNING, LOGGER):
        assert behind(1).browser(CONNECTION).get("/login").status_code == 200
    assert not more(before)
    assert not caplog.records


SCHEMES = {
    "no proxy, plain, lies": (0, "http", "https", "http"),
    "no proxy, https, lies": (0, "https", "http", "https"),
    "one proxy, https before it": (1, "http", "https", "https"),
    "one proxy, plain before it": (1, "http", "http", "http"),
    "one proxy, in capitals": (1, "http", "HTTPS", "https"),
    "one proxy, a lie before it": (1, "http", "https, http", "http"),
    "one proxy, a quote before it": (1, "http", '", https', "https"),
    "one proxy, a scheme that isn't ours": (1, "https", "javascript", "https"),
    "one proxy, nothing": (1, "https", "", "https"),
    "one proxy, both at once": (1, "http", "http https", "http"),
    "two proxies": (2, "http", "https, http", "https"),
    "two proxies, a lie before": (2, "http", "https, http, http", "http"),
    "two proxies, one passed by": (2, "http", "https", "http"),
}


@pytest.mark.parametrize("case", SCHEMES.values(), ids=SCHEMES.keys())
def test_the_scheme_is_read_as_deep_as_there_are_proxies(behind, case):
    proxies, wire, forwarded, expected = case
    answer = (
        behind(proxies)
        .app.test_client()
        .get(
            "/settings//2fa",
            base_url=PUBLIC_URL.replace("https", wire),
            headers={"X-Forwarded-Proto": forwarded, "X-Forwarded-Host": "evil.example"},
        )
    )
    assert answer.status_code == 308
    assert answer.location.startswith(f"{expected}://app.example.com/")
