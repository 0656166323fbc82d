"""mod_auth_openidc under Debian's Apache signs people in with our provider."""

import time

import pytest
from support.openid.apache import MODULE, PACKAGE, Apache, claims
from support.servers.processes import until
from support.site import databases

SWEEP_SECONDS = 20
"""The sweep looks every 5 seconds for sessions that have ended."""


@pytest.fixture(scope="module")
def apache(tmp_path_factory, program, openid):
    """Yield an Apache with a page that only people who are signed in see."""
    server = Apache(program("apache2"), tmp_path_factory.mktemp("apache"))
    if not MODULE.exists():
        assert not databases.STRICT, f"{PACKAGE} is missing"
        pytest.skip(f"no {PACKAGE}")
    client = openid.register(
        "wiki",
        server.callback,
        *("--post-logout", server.open_page, "--backchannel", server.back_channel),
    )
    server.configure(openid.issuer, openid.certificate, client.client_id, client.secret)
    with server:
        yield server


def signed_in(openid, apache, person):
    """Return a browser whose owner has signed in at the page."""
    browser = openid.browser()
    browser.open(apache.page)
    assert openid.sign_in(browser, person) == apache.page, browser.hops
    return browser


def sees_page(apache, browser):
    """Return whether the page opens; fail where the browser is led to anything but a sign-in."""
    browser.open(apache.page)
    assert browser.url == apache.page or browser.path == "/login", browser.hops
    return browser.url == apache.page


@pytest.mark.seconds(12)
def test_a_person_signs_in_with_password_and_code_and_the_page_knows_them(openid, apache):
    person = openid.person()
    before = int(time.time())
    browser = signed_in(openid, apache, person)
    shown = claims(browser.answer.text)
    assert shown["iss"] == openid.issuer
    assert shown["email"] == person.email
    assert shown["email_verified"] == "1"
    assert shown["preferred_username"] == person.email
    assert set(shown["amr"].split(",")) == {"pwd", "sms", "mfa"}
    assert shown["acr"] == "urn:twofa:acr:2"
    assert before <= int(shown["auth_time"]) <= time.time()
    assert shown["REMOTE_USER"] == shown["sub"]
    assert len(shown["sub"]) == len(shown["sid"]) == 32
    assert shown["groups"] == "user"
    assert shown["nonce"]


@pytest.mark.seconds(4)
def test_people_who_are_signed_in_here_see_no_page_of_ours_on_the_way(openid, apache):
    browser = signed_in(openid, apache, openid.person())
    subject = claims(browser.answer.text)["sub"]
    browser.session.cookies.clear(domain="127.0.0.1", path="/", name="mod_auth_openidc_session")
    assert browser.open(apache.page) == apache.page
    assert [hop for hop in browser.hops if hop.startswith(f"{openid.issuer}/oidc/authorize?")]
    assert claims(browser.answer.text)["sub"] == subject


@pytest.mark.seconds(4)
def test_signing_out_there_ends_the_session_here_and_leads_back(openid, apache):
    browser = signed_in(openid, apache, openid.person())
    assert browser.open(apache.logout_url()) == apache.open_page, browser.hops
    assert "Open to everybody" in browser.answer.text
    assert any(hop.startswith(f"{openid.issuer}/oidc/logout?") for hop in browser.hops)
    browser.open(f"{openid.issuer}/dashboard")
    assert browser.path == "/login"
    assert not sees_page(apache, browser)


def sign_out_here(openid, person, browser):
    browser.open(f"{openid.issuer}/dashboard")
    browser.open(f"{openid.issuer}/logout", {"csrf_token": browser.page.token()})


def disable(openid, person, browser):
    openid.flask("users", "disable", person.email)


@pytest.mark.seconds(12)
@pytest.mark.parametrize("end", [sign_out_here, disable])
def test_a_session_that_ends_here_ends_there_within_seconds(openid, apache, end):
    person, neighbour = openid.person(), openid.person()
    browser, other = signed_in(openid, apache, person), signed_in(openid, apache, neighbour)
    assert sees_page(apache, browser)
    end(openid, person, browser)
    until(lambda: not sees_page(apache, browser), seconds=SWEEP_SECONDS, what="the sign-out there")
    assert sees_page(apache, other)
    assert other.hops == [apache.page], "without a new sign-in"


@pytest.mark.seconds(15)
def test_it_goes_on_with_new_signing_keys_without_a_restart(openid, apache):
    person = openid.person()
    signed_in(openid, apache, person)
    openid.replace_signing_keys()
    browser = signed_in(openid, apache, person)
    assert claims(browser.answer.text)["email"] == person.email
