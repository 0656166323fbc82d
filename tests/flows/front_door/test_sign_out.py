"""Whatever ends a session ends every host at its next request; the forms that sign out."""

import re

import pytest
from support.front_door.session_end import HOWS, end
from support.site.world import HOST
from support.stories.front_door import COOKIE, FILES, WIKI, Visitor, is_in, visitor_of

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.front_door.door_codes import DoorCodeRow
from twofa.storage.front_door.host_sessions import HostSessionRow


@pytest.fixture
def ada(site):
    """Return Ada's browser, signed in at two hosts."""
    visitor = visitor_of(site, site.ada)
    visitor.enter_host(FILES)
    visitor.enter_host(WIKI)
    return visitor


@pytest.mark.parametrize("how", HOWS)
def test_what_ends_a_session_ends_every_host_at_its_next_request(site, ada, how):
    url = ada.code(FILES)
    assert is_in(ada, FILES)
    assert is_in(ada, WIKI)
    end(site, ada, how)
    for host in (FILES, WIKI, HOST):
        assert not is_in(ada, host), host
    assert ada.go(url).status_code == 400, "a code on its way is worth nothing either"


def test_use_of_a_host_is_use_of_the_session(site, ada):
    site.clock.move(hours=11)
    assert is_in(ada, FILES)
    site.clock.move(hours=11)
    assert is_in(ada, FILES)
    assert ada.is_signed_in()
    site.clock.move(hours=1, minutes=59)
    assert is_in(ada, FILES)
    site.clock.move(minutes=1)
    assert not is_in(ada, FILES), "the session's lifetime is over"


def test_two_factor_sign_in_turned_on_elsewhere_asks_for_the_code_at_every_host(site):
    visitor = visitor_of(site, site.carol)
    visitor.enter_host(FILES)
    other = site.signed_in(site.carol)
    phone = site.number()
    other.turn_on(phone)
    assert not is_in(visitor, FILES)
    visitor.visit(FILES, "/a")
    assert visitor.hops[-1] == f"https://{HOST}/verify-otp"
    assert visitor.post("/verify-otp/resend", on="/verify-otp").status_code == 303
    location = visitor.enter(site.code(phone)).location
    answer = visitor.visit(HOST, location)
    assert visitor.hops[-1] == f"https://{FILES}/a"
    assert answer.status_code == 200


def test_the_hosts_go_on_after_a_fresh_proof_and_see_it(site, ada):
    site.clock.move(minutes=11)
    assert ada.ask(FILES, policy="recent").status_code == 303
    assert ada.prove().status_code == 303
    assert ada.ask(FILES, policy="recent").status_code == 200


def form_of(visitor, host):
    """Open the sign-out page of a host; return its token."""
    answer = visitor.go(f"https://{host}/.twofa/sign-out")
    assert answer.status_code == 200
    return re.search(r'name="token" value="(\w+)"', answer.text)[1]


def leave(visitor, host, **fields):
    """Press a button of the sign-out page of a host."""
    fields = {"token": form_of(visitor, host), **fields}
    headers = {"Origin": f"https://{host}", "Sec-Fetch-Site": "same-origin"}
    return visitor.go(
        f"https://{host}/.twofa/sign-out", method="POST", data=fields, headers=headers
    )


def test_signing_out_at_a_host_ends_the_session_everywhere(site, ada):
    answer = leave(ada, FILES)
    assert f'content="0;url=https://{HOST}/login"' in answer.text, "never where a query says"
    assert ada.host_cookie(FILES) is None
    assert not is_in(ada, WIKI)
    assert not ada.is_signed_in()


def test_signing_out_of_one_host_leaves_the_others(ada, site):
    leave(ada, FILES, where="here")
    ada.client.set_cookie(COOKIE, "A" * 43, domain=FILES, secure=True)
    assert not is_in(ada, FILES)
    assert is_in(ada, WIKI)
    assert ada.is_signed_in()
    [event] = [row for row in site.rows(EventRow) if row.tag == Event.APP_SESSION_REVOKED]
    assert event.detail == FILES


FOREIGN = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another host of ours": {"Origin": f"https://{WIKI}", "Sec-Fetch-Site": "cross-site"},
    "a sibling": {"Origin": "https://other.example.com", "Sec-Fetch-Site": "same-site"},
    "nobody": {"Origin": "null"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_nobody_else_can_sign_a_person_out(ada, headers):
    url, token = f"https://{FILES}/.twofa/sign-out", form_of(ada, FILES)
    assert ada.go(url, method="POST", data={"token": token}, headers=headers).status_code == 400
    assert ada.go(url, method="POST", data={"token": "x"}).status_code == 400
    assert ada.go(url, method="POST").status_code == 400
    stranger = Visitor(ada.world)
    assert stranger.go(url).location == f"https://{HOST}/login"
    assert ada.go(f"{url}?rd=https://evil.example").status_code == 200
    assert is_in(ada, FILES)


def test_a_get_ends_nothing(ada):
    ada.go(f"https://{FILES}/.twofa/sign-out")
    assert is_in(ada, FILES)


def test_the_settings_list_the_hosts_of_every_device_and_end_one(site, ada):
    other = visitor_of(site, site.ada)
    other.client.delete_cookie("__Host-session", domain=HOST)
    other.sign_in_fully(site.ada)
    other.enter_host(FILES)
    ada.get("/settings/apps")
    assert ada.page.text.count(FILES) == 2
    assert ada.page.text.count(WIKI) == 1
    assert ada.page.text.count("This device") == 2
    rows = re.findall(r'action="(/settings/apps/\w{32}/sign-out)"', ada.page.html)
    assert len(set(rows)) == 3
    assert ada.post(rows[0], on="/settings/apps").location == "/settings/apps"
    assert "App signed out." in ada.get("/settings/apps").text
    assert [is_in(other, FILES), is_in(ada, FILES), is_in(ada, WIKI)].count(False) == 1
    assert ada.is_signed_in()
    assert other.is_signed_in()


def test_nobody_ends_the_hosts_of_somebody_else(site, ada):
    ada.get("/settings/apps")
    path = re.search(r'action="(/settings/apps/\w{32}/sign-out)"', ada.page.html)[1]
    bob = visitor_of(site, site.bob)
    assert bob.post(path, on="/settings/sessions").status_code == 303
    assert is_in(ada, FILES)
    assert is_in(ada, WIKI)
    assert bob.get("/settings/apps").status_code == 200
    assert FILES not in bob.page.text


def test_an_old_tab_of_a_form_that_posts_leads_to_the_list(ada):
    assert ada.get("/settings/apps/x/sign-out", follow=False).location == "/settings/apps"


def test_the_activity_names_the_host(site, ada):
    opened = [row for row in site.rows(EventRow) if row.tag == Event.APP_SESSION_CREATED]
    assert [row.detail for row in opened] == [FILES, WIKI]
    ada.get("/settings/activity")
    assert f"Signed in to {FILES}" in ada.page.text


def test_a_session_takes_its_hosts_and_codes_with_it_on_every_database(every_site):
    site = every_site
    person = site.person()
    visitor = visitor_of(site, person)
    before = len(site.rows(HostSessionRow)), len(site.rows(DoorCodeRow))
    visitor.enter_host(FILES)
    visitor.code(WIKI)
    assert (len(site.rows(HostSessionRow)), len(site.rows(DoorCodeRow))) == (
        before[0] + 1, before[1] + 1,
    )  # fmt: skip
    assert is_in(visitor, FILES)
    visitor.post("/logout", on="/dashboard")
    assert not is_in(visitor, FILES)
    assert (len(site.rows(HostSessionRow)), len(site.rows(DoorCodeRow))) == before
