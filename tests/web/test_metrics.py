"""/metrics: who may read it, and what it counts."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from twofa.adapters import metrics
from twofa.domain.event import Event
from twofa.flows.record import record
from twofa.flows.services import Caller
from twofa.storage.db import transaction

TOKEN = "made-up-token-for-graphs"
OUTSIDE = "203.0.113.5"


def ask(world, address, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.browser(address).request("GET", "/metrics", headers=given)


def counts():
    """Give everything counted so far in this process, by name and labels."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith(("_created", "_bucket"))
    }


def more(before):
    """Give what was counted since."""
    return {key: value - before.get(key, 0) for key, value in counts().items()
            if value != before.get(key, 0)}  # fmt: skip


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


def test_who_comes_through_a_proxy_nobody_told_us_of_is_not_taken_for_it(world):
    assert ask(world, "127.0.0.1", X_Forwarded_For=OUTSIDE).status_code == 403


def test_behind_a_proxy_the_askers_own_address_counts(make_world):
    world = make_world(trusted_proxies=1)
    assert ask(world, "127.0.0.1", X_Forwarded_For=OUTSIDE).status_code == 403
    assert ask(world, "127.0.0.1", X_Forwarded_For=f"127.0.0.1, {OUTSIDE}").status_code == 403
    assert ask(world, "127.0.0.1", X_Forwarded_For=f"{OUTSIDE}, 127.0.0.1").status_code == 403
    assert ask(world, "127.0.0.1", X_Forwarded_For="127.0.0.1").status_code == 200
    assert ask(world, "127.0.0.1").status_code == 200


def test_who_goes_past_one_of_two_proxies_is_not_taken_for_the_other(make_world):
    world = make_world(trusted_proxies=2)
    assert ask(world, "127.0.0.1", X_Forwarded_For=OUTSIDE).status_code == 403
    assert ask(world, "127.0.0.1", X_Forwarded_For="127.0.0.1").status_code == 403
    assert ask(world, "127.0.0.1", X_Forwarded_For=f"{OUTSIDE}, 10.0.0.1").status_code == 403
    assert ask(world, "127.0.0.1").status_code == 200


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
        ("twofa_sign_in_steps_total", "password", "wrong"): 1,
        ("twofa_sign_in_steps_total", "password", "right"): 1,
        ("twofa_sign_in_steps_total", "code", "wrong"): 1,
        ("twofa_sign_in_steps_total", "code", "right"): 1,
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
        record(Event.SIGNED_OUT, caller=Caller(), user_id=None, now=world.clock())
        record(Event.CODE_WRONG, caller=Caller(), user_id=None, now=world.clock())
        raise LookupError

    with world.app.app_context():
        with pytest.raises(LookupError):
            fail()
        assert not more(before)
        assert Event.SIGNED_OUT.value not in caplog.text
        with transaction():
            record(Event.CODE_WRONG, caller=Caller(), user_id=None, now=world.clock())
    assert more(before) == {("twofa_sign_in_steps_total", "code", "wrong"): 1}
    assert Event.CODE_WRONG.value in caplog.text


def test_no_number_and_no_address_stands_in_it(world):
    person = world.person(phone=world.number())
    world.browser().sign_in(person.email)
    world.settle()
    told = ask(world, "127.0.0.1").text
    assert person.phone[-7:] not in told
    assert "203.0.113" not in told
    assert person.email not in told
