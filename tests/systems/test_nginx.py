"""Behind a real nginx: whose address stands in the history, in limits and at /metrics."""

import re
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
import requests
from support.servers.gunicorn import Gunicorn
from support.servers.installation import installation
from support.servers.nginx import MANUAL, Nginx, Site
from support.site.world import PASSWORD

from twofa.storage.sessions.sessions import SessionRow

RING = 60
"""Posts of one address in a minute."""
MONITOR = "127.0.0.40"
CHAIN = re.search(r'X-Forwarded-Proto "(.+?)"', MANUAL)[1]
LIES = {
    "an address": {"X_Forwarded_For": "198.51.100.66"},
    "the monitor's": {"X_Forwarded_For": MONITOR},
    "many addresses": {"X_Forwarded_For": "198.51.100.66, 127.0.0.1"},
    "a quote": {"X_Forwarded_For": '"'},
    "a pair of quotes": {"X_Forwarded_For": '"198.51.100.66'},
    "a word": {"X_Forwarded_For": "unknown"},
    "commas": {"X_Forwarded_For": ",,"},
    "other headers": {"X_Real_IP": "198.51.100.66", "Forwarded": "for=198.51.100.66"},
    "another scheme": {"X_Forwarded_Proto": "http", "X_Forwarded_Ssl": "off"},
}


@pytest.fixture(scope="module")
def front(tmp_path_factory, program, provider, mailbox):
    """Yield an nginx with a site for each configuration, in front of gunicorn servers."""
    nginx = program("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    url = f"sqlite:///{folder / 'twofa.db'}"
    with ExitStack() as stack:
        one = stack.enter_context(
            installation(
                folder,
                url,
                provider,
                mailbox,
                workers=1,
                METRICS_ALLOWED=f"127.0.0.1, {MONITOR}",
            )
        )
        none, two = (
            stack.enter_context(
                Gunicorn(folder, one.settings | {"TRUSTED_PROXIES": proxies}, workers=1)
            )
            for proxies in ("0", "2")
        )
        sites = SimpleNamespace(
            usual=Site(one.url),
            uncounted=Site(none.url),
            ports=Site(one.url, X_Forwarded_For="$remote_addr:$remote_port"),
            brackets=Site(one.url, X_Forwarded_For="[2001:db8::1]:$remote_port"),
            unreadable=Site(one.url, X_Forwarded_For="$http_x_forwarded_for, unknown"),
            inner=Site(two.url, tls=False, X_Forwarded_Proto=CHAIN),
        )
        sites.edge = Site(sites.inner.url)
        server = stack.enter_context(Nginx(nginx, folder, list(vars(sites).values())))
        server.site = sites
        server.none, server.one, server.two = none, one, two
        yield server


def address_of(front, browser):
    """Sign somebody in; give the address of the session, which the list of sessions shows too."""
    person = front.one.world.person()
    assert browser.sign_in(person.email).headers["Location"] == "/dashboard"
    address = max(front.one.world.rows(SessionRow), key=lambda row: row.id).address
    assert browser.get("/settings/activity").status_code == 200
    assert address in browser.page.text
    return address


@pytest.mark.seconds(1)
@pytest.mark.parametrize("lie", [{}, *LIES.values()], ids=["nothing", *LIES])
def test_the_history_names_the_client_whatever_it_says(front, lie):
    browser = front.browser(front.site.usual, "127.0.0.23", **lie)
    assert address_of(front, browser) == "127.0.0.23"


@pytest.mark.seconds(1)
@pytest.mark.parametrize("lie", [{}, *LIES.values()], ids=["nothing", *LIES])
def test_behind_two_proxies_it_names_the_client_too(front, lie):
    browser = front.browser(front.site.edge, "127.0.0.24", **lie)
    assert address_of(front, browser) == "127.0.0.24"


@pytest.mark.seconds(1)
def test_whoever_passes_the_outer_of_two_proxies_by_has_the_inner_ones_address(front):
    browser = front.browser(front.site.inner, "127.0.0.25")
    assert address_of(front, browser) == "127.0.0.1"
    invented = front.browser(front.site.inner, "127.0.0.25", X_Forwarded_For="unknown")
    assert invented.get("/login").status_code == 400
    assert front.two.log().count("fewer than the 2 elements") == 1


@pytest.mark.seconds(1)
def test_a_proxy_may_write_ports_and_brackets(front):
    browser = front.browser(front.site.ports, "127.0.0.26")
    assert address_of(front, browser) == "127.0.0.26"
    browser = front.browser(front.site.brackets, "127.0.0.26")
    assert address_of(front, browser) == "2001:db8::1"


@pytest.mark.seconds(4)
@pytest.mark.parametrize("name", ["usual", "ports", "edge"])
def test_each_client_has_its_own_limit_and_no_header_leads_past_it(front, name):
    site = getattr(front.site, name)
    net = 50 + list(vars(front.site)).index(name)
    for n in range(RING):
        lie = {} if name == "ports" else {"X_Forwarded_For": f"198.51.100.{n}"}
        browser = front.browser(site, f"127.0.{net}.1", **lie)
        assert browser.request("POST", "/logout").status_code == 400, "no token"
    assert browser.request("POST", "/logout").status_code == 429
    neighbour = front.browser(site, f"127.0.{net}.2")
    assert neighbour.request("POST", "/logout").status_code == 400


@pytest.mark.seconds(1)
def test_where_the_proxy_writes_no_address_pages_answer_400_and_monitors_200(front):
    browser = front.browser(front.site.unreadable, X_Forwarded_For="198.51.100.7")
    for path in ("/login", "/static/app.css", "/dashboard", "/metrics"):
        assert browser.request("GET", path).status_code == 400, path
    assert browser.request("GET", "/api/session").json()["error"]["code"] == "bad_request"
    for path in ("/healthz", "/readyz"):
        assert browser.request("GET", path).status_code == 200, path
    assert front.one.log().count("has no address at place 1") == 1
    counted = requests.get(f"{front.one.url}/metrics", timeout=15).text
    assert 'twofa_forwarded_headers_total{reason="refused"} 5.0' in counted


@pytest.mark.seconds(1)
def test_metrics_are_for_allowed_clients_and_not_for_what_the_proxy_passes_on(front):
    def status(site, address=MONITOR, **headers):
        return front.browser(site, address, **headers).request("GET", "/metrics").status_code

    for site in (front.site.usual, front.site.edge):
        assert status(site) == 200
        assert status(site, "127.0.0.41") == 403
        for lie in (MONITOR, "127.0.0.1", '"', ""):
            assert status(site, "127.0.0.41", X_Forwarded_For=lie) == 403
        assert status(site, X_Forwarded_For=MONITOR) == 403, "one more than there are proxies"
    assert status(front.site.inner) == 403, "one fewer"


@pytest.mark.seconds(1)
def test_behind_a_proxy_that_is_not_counted_nobody_is_in_an_allowed_network(front):
    for headers in ({}, {"X_Forwarded_For": MONITOR}, {"Forwarded": f"for={MONITOR}"}):
        browser = front.browser(front.site.uncounted, MONITOR, **headers)
        assert browser.request("GET", "/metrics").status_code == 403
        assert browser.get("/login").status_code == 200
    assert requests.get(f"{front.none.url}/metrics", timeout=15).status_code == 200


@pytest.mark.seconds(1)
def test_the_scheme_is_the_one_that_the_client_used(front):
    for site in (front.site.usual, front.site.edge):
        for lie in ({}, {"X_Forwarded_Proto": "http"}, {"X_Forwarded_Protocol": "ftp"}):
            answer = front.browser(site, **lie).request("GET", "/settings//2fa")
            assert answer.status_code == 308
            assert answer.headers["Location"].startswith("https://app.example.com/")


@pytest.mark.seconds(1)
def test_a_code_signs_in_through_two_proxies(front):
    world = front.one.world
    person = world.person(phone=world.number())
    browser = front.browser(front.site.edge, "127.0.0.27", X_Forwarded_For='"')
    told = len(world.texts(person.phone))
    assert browser.sign_in(person.email, PASSWORD).headers["Location"] == "/verify-otp"
    texts = world.provider.wait_for(person.phone, count=told + 1, seconds=20)
    assert browser.enter(texts[-1][:6]).headers["Location"] == "/dashboard"
    assert browser.is_signed_in()
