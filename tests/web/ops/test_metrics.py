"""/metrics: who may read it, and what it counts."""

import pytest
from support.site.metrics import counts, more

from twofa.domain.events import Event
from twofa.flows.audit import record
from twofa.flows.context import Caller
from twofa.storage.engine.db import transaction

TOKEN = "made-up-token-for-graphs"
OUTSIDE = "203.0.113.5"


def ask(world, address, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.browser(address).request("GET", "/metrics", headers=given)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_read_it(world, address):
    answer = ask(world, address)
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE twofa_messages_total counter" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", [OUTSIDE, "10.0.0.7", "2001:db8::7", "", "unix:"])
def test_nobody_else_may(world, address):
    assert ask(world, address).status_code == 403


def test_the_operator_names_the_networks(make_world):
    world = make_world(metrics_allowed=("10.0.0.0/24", "2001:db8::/32"))
    assert ask(world, "10.0.0.7").status_code == 200
    assert ask(world, "2001:db8::7").status_code == 200
    assert ask(world, "10.0.1.7").status_code == 403
    assert ask(world, "127.0.0.1").status_code == 403


def test_the_token_opens_it_from_anywhere_and_nothing_like_it_does(make_world):
    world = make_world(metrics_token=TOKEN)
    assert ask(world, OUTSIDE, Authorization=f"Bearer {TOKEN}").status_code == 200
    for wrong in ("Bearer ", f"Bearer {TOKEN}x", f"bearer{TOKEN}", TOKEN, "Bearer \u00e9"):
        assert ask(world, OUTSIDE, Authorization=wrong).status_code == 403


def test_without_a_token_an_empty_one_opens_nothing(world):
    assert ask(world, OUTSIDE, Authorization="Bearer ").status_code == 403


CARRIED = {
    "X-Forwarded-For": {"X-Forwarded-For": OUTSIDE},
    "X-Forwarded-For of this machine": {"X-Forwarded-For": "127.0.0.1"},
    "an empty X-Forwarded-For": {"X-Forwarded-For": ""},
    "Forwarded": {"Forwarded": "for=127.0.0.1"},
    "an empty Forwarded": {"Forwarded": ""},
}


@pytest.mark.parametrize("headers", CARRIED.values(), ids=CARRIED.keys())
def test_who_comes_through_a_proxy_nobody_told_us_of_is_not_taken_for_it(world, headers):
    answer = world.browser("127.0.0.1").request("GET", "/metrics", headers=headers)
    assert answer.status_code == 403


# How many proxies there are, what X-Forwarded-For says, and the status for a caller on loopback.
BEHIND = {
    "no header": (1, None, 200),
    "its own address": (1, "127.0.0.1", 200),
    "its own address and port": (1, "127.0.0.1:4711", 200),
    "its own address as IPv6": (1, "[::ffff:127.0.0.1]:4711", 200),
    "another address": (1, OUTSIDE, 403),
    "another before it": (1, f"{OUTSIDE}, 127.0.0.1", 403),
    "another behind it": (1, f"127.0.0.1, {OUTSIDE}", 403),
    "its own twice": (1, "127.0.0.1, 127.0.0.1", 403),
    "nothing before it": (1, ",127.0.0.1", 403),
    "a quote before it": (1, '", 127.0.0.1', 403),
    "no address": (1, "unknown", 400),
    "nothing": (1, "", 400),
    "two proxies, no header": (2, None, 200),
    "two proxies, both named": (2, "127.0.0.1, 10.0.0.1", 200),
    "two proxies, another address": (2, f"{OUTSIDE}, 10.0.0.1", 403),
    "two proxies, one passed by": (2, OUTSIDE, 403),
    "two proxies, one passed by, its own address": (2, "127.0.0.1", 403),
    "two proxies, one passed by, no address": (2, "unknown", 403),
    "two proxies, three addresses": (2, "127.0.0.1, 127.0.0.1, 10.0.0.1", 403),
    "two proxies, the last no address": (2, "127.0.0.1, unknown", 403),
    "two proxies, the last nothing": (2, "127.0.0.1,", 403),
}


@pytest.mark.parametrize("case", BEHIND.values(), ids=BEHIND.keys())
def test_behind_proxies_the_askers_own_address_counts(behind, case):
    proxies, forwarded, status = case
    headers = {} if forwarded is None else {"X_Forwarded_For": forwarded}
    assert ask(behind(proxies), "127.0.0.1", **headers).status_code == status


def test_who_comes_past_our_proxies_through_one_of_another_kind_is_not_taken_for_it(behind):
    world = behind(1)
    assert ask(world, "127.0.0.1", Forwarded="for=127.0.0.1").status_code == 403
    # Through our proxy the header is the client's own, and says nothing.
    both = {"X_Forwarded_For": "127.0.0.1", "Forwarded": "for=203.0.113.9"}
    assert ask(world, "127.0.0.1", **both).status_code == 200


def test_the_token_opens_it_whatever_the_header_says_of_networks(make_world):
    world = make_world(trusted_proxies=2, metrics_token=TOKEN)
    headers = {"X_Forwarded_For": OUTSIDE, "Authorization": f"Bearer {TOKEN}"}
    assert ask(world, "127.0.0.1", **headers).status_code == 200


def test_a_whole_sign_in_is_counted(world):
    person = world.person(phone=world.number())
    browser = world.browser()
    before = counts()
    browser.sign_in(person.email, "mistyped-lantern-42")
    browser.sign_in(person.email)
    browser.enter(world.wrong(person.phone))
    browser.enter(world.code(person.phone))
    world.settle()
    found = more(before)
    assert found.pop(("twofa_bcrypt_wait_seconds_count",)) == 2
    found.pop(("twofa_bcrypt_wait_seconds_sum",), None)
    assert found == {
        ("twofa_sign_in_steps_total", "fail", "password"): 1,
        ("twofa_sign_in_steps_total", "password", "success"): 1,
        ("twofa_sign_in_steps_total", "fail", "otp"): 1,
        ("twofa_sign_in_steps_total", "otp", "success"): 1,
        ("twofa_codes_sent_total", "sign-in"): 1,
        ("twofa_codes_entered_total", "sign-in"): 1,
        ("twofa_messages_total", "US", "accepted", "plivo"): 1,
        ("twofa_sign_ins_total",): 1,
    }


def test_what_a_gateway_refuses_is_counted_by_its_kind(world):
    person = world.person(phone=world.number())
    world.provider.script({"match": {"to": person.phone.lstrip("+")}, "play": "11", "times": 1})
    before = counts()
    world.browser().sign_in(person.email)
    world.settle()
    assert more(before)["twofa_messages_total", "US", "plivo", "rejected-recipient"] == 1


def test_an_event_that_is_rolled_back_is_neither_counted_nor_logged(world, caplog):
    before = counts()

    @transaction()
    def fail():
        record(Event.AUTHN_LOGOUT, caller=Caller(), user_id=None, now=world.clock())
        record(Event.OTP_FAIL, caller=Caller(), user_id=None, now=world.clock())
        raise LookupError

    with world.app.app_context():
        with pytest.raises(LookupError):
            fail()
        assert not more(before)
        assert Event.AUTHN_LOGOUT.value not in caplog.text
        with transaction():
            record(Event.OTP_FAIL, caller=Caller(), user_id=None, now=world.clock())
    assert more(before) == {("twofa_sign_in_steps_total", "fail", "otp"): 1}
    assert Event.OTP_FAIL.value in caplog.text


def test_no_number_and_no_address_stands_in_it(world):
    person = world.person(phone=world.number())
    world.browser().sign_in(person.email)
    world.settle()
    told = ask(world, "127.0.0.1").text
    assert person.phone[-7:] not in told
    assert "203.0.113" not in told
    assert person.email not in told
