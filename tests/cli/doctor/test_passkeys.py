"""flask doctor on passkeys: their host, whose can't be used here, and an earlier host's word."""

import json

import pytest
from cli.doctor.test_doctor import doctor
from sqlalchemy import update
from support.passkeys import passkey_rows
from support.servers.loopback_site import LoopbackSite
from support.site.rows import RowMaker
from support.site.world import PUBLIC_URL

from twofa.adapters import http_probe
from twofa.storage.engine.db import run, transaction
from twofa.storage.passkeys.passkeys import PasskeyRow

OLD = "old.example.com"
ASKED = f"https://{OLD}/.well-known/webauthn"
LISTED = json.dumps({"origins": ["https://other.example.com", PUBLIC_URL]}).encode()
ANSWERS = {
    "lists this host": (200, LISTED, f"ok: {ASKED} allows {PUBLIC_URL}"),
    "lists others": (200, b'{"origins": ["https://a.test"]}', None),
    "has no list": (200, b'{"origins": "%b"}' % PUBLIC_URL.encode(), None),
    "has no JSON": (200, b"<html>", None),
    "has nothing": (404, LISTED, None),
}


def said(world):
    """Type flask doctor; return what it says of passkeys."""
    return [line.replace(" passkeys", "", 1) for line in doctor(world)[1] if " passkeys: " in line]


def holder(world, host):
    """Make an account that has a passkey of this host."""
    maker = RowMaker(world)
    user_id = maker.factor()
    passkey_rows.fill(maker.do, user_id, maker.session(user_id), maker.now)
    with world.app.app_context(), transaction():
        run(update(PasskeyRow).values(rp_id=host))


def test_it_names_the_host_that_they_are_bound_to(make_world):
    assert said(make_world()) == ["ok: bound to app.example.com"]


def test_it_counts_whose_passkeys_are_another_hosts(make_world):
    world = make_world()
    holder(world, OLD)
    assert said(world) == [
        "ok: bound to app.example.com",
        f"note: made for {OLD}, unusable here; accounts with one: 1",
    ]


def test_it_counts_who_has_one_where_they_are_off(make_world):
    world = make_world(rp_id=None)
    assert said(world) == ["ok: off"]
    holder(world, "app.example.com")
    assert said(world) == ["note: off; accounts with one: 1"]


@pytest.mark.parametrize(("status", "body", "line"), ANSWERS.values(), ids=ANSWERS)
def test_an_earlier_host_must_let_this_one_use_its_passkeys(
    make_world, monkeypatch, status, body, line
):
    asks = http_probe.get
    with LoopbackSite(lambda _path, _headers: (status, {}, body)) as old:
        at = f"http://127.0.0.1:{old.port}"
        monkeypatch.setattr(
            http_probe, "get", lambda url, *a, **k: asks(url.replace(f"https://{OLD}", at), *a, **k)
        )
        answer = said(make_world(rp_id=OLD, passkey_origins=(f"https://{OLD}",)))
        assert [path for path, _ in old.asked] == ["/.well-known/webauthn"]
    assert answer == [f"ok: bound to {OLD}", line or f"error: {ASKED} doesn't list {PUBLIC_URL}"]


def test_an_earlier_host_that_is_gone_is_an_error(make_world):
    answer = said(make_world(rp_id="localhost", passkey_origins=("https://localhost",)))
    assert answer[1].startswith("error: https://localhost/.well-known/webauthn doesn't answer: ")
