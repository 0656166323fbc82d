"""What changes an account, all of it at the same moment: each whole or not at all, none in vain."""

import re
from functools import partial

import pytest
from support.site.concurrency import address, at_once
from support.stories.authenticator import PAGE, set_up

from twofa.flows.context import Caller
from twofa.flows.sessions.open_session import Opening
from twofa.flows.sign_in import password_sign_in
from twofa.storage.accounts import users
from twofa.storage.engine.db import reading
from twofa.storage.sessions.sessions import SessionRow

NEW = "another-heron-71-lantern"
PHONE, CURRENT, CONFIRM = "/settings/phone", "/settings/phone/current", "/settings/phone/confirm"
ROUNDS = 2
MET = (
    ("take back", "address"),
    ("take back", "password"),
    ("take back", "second step"),
    ("take back", "reset"),
    ("password", "reset"),
    ("address", "delete"),
    ("sign in", "delete"),
    ("number", "off"),
    (
        "number", "off", "app", "second step", "password", "address", "take back", "reset",
        "sign in", "delete",
    ),
)  # fmt: skip


def ready(browser, path, fields=None, *, on=None):
    """Open the page of a form and fill it in; give what sends it."""
    browser.get(on or path)
    data = {"csrf_token": browser.page.token(), **(fields or {})}
    return partial(browser.request, "POST", path, data=data)


def link_in(site, email, kind):
    """Return the newest link of a kind in somebody's mails."""
    found = re.findall(rf"/{kind}/[\w-]{{43}}", " ".join(m.text for m in site.mails(email)))
    return found[-1]


def a_new_number(site, person, browser):
    new = site.number()
    browser.post(PHONE, {"phone": new})
    browser.post(f"{CURRENT}/resend", on=CURRENT)
    browser.post(CURRENT, {"code": site.code(person.phone)})
    return ready(browser, CONFIRM, {"code": site.code(new)})


def a_new_password(_site, person, browser):
    words = {"current_password": person.password, "password": NEW}
    return ready(browser, "/settings/password", words)


def a_new_address(site, _person, browser):
    email = f"new-{address()}@example.com"
    browser.post("/settings/email", {"email": email})
    return ready(browser, link_in(site, email, "confirm-email"))


def a_second_step(_site, person, stranger):
    stranger.sign_in(person.email, person.password)
    return ready(stranger, "/verify-otp/recovery", {"recovery_code": person.recovery_codes[1]})


def a_reset(site, person, stranger):
    stranger.post("/forgot-password", {"email": person.email})
    return ready(stranger, link_in(site, person.email, "reset-password"), {"password": NEW})


def taking_back(site, person, stranger):
    return ready(stranger, link_in(site, person.email, "wasnt-me"))


def a_sign_in(_site, person, stranger):
    return ready(stranger, "/login", {"email": person.email, "password": person.password})


def turning_off(_site, person, browser):
    return ready(browser, "/settings/2fa/disable", {"code": person.recovery_codes[0]})


INSIDE = {
    "number": a_new_number,
    "off": turning_off,
    "app": lambda _site, _person, browser: ready(browser, f"{PAGE}/remove", on=PAGE),
    "password": a_new_password,
    "address": a_new_address,
    "delete": lambda _site, _person, browser: ready(browser, "/settings/delete"),
}
OUTSIDE = {
    "second step": a_second_step,
    "take back": taking_back,
    "reset": a_reset,
    "sign in": a_sign_in,
}


def changes(site, person, names):
    """Prepare these changes of an account with an app, one press away, each in its own browser."""
    browsers = {name: site.signed_in(person) for name in INSIDE if name in ("app", *names)}
    for one in browsers.values():
        one.prove()
    set_up(browsers["app"])
    site.clock.move(minutes=1)
    return [
        INSIDE[name](site, person, browsers[name])
        if name in INSIDE
        else OUTSIDE[name](site, person, site.stranger())
        for name in names
    ]


@pytest.mark.parametrize("names", MET, ids="-".join)
def test_what_is_done_at_once_is_done_or_refused_and_never_fails(every_site, names):
    site, failed = every_site, []
    for _ in range(ROUNDS):
        site.clock.move(hours=25)
        jobs = changes(site, site.person(phone=site.number()), names)
        answers = zip(names, at_once(jobs), strict=True)
        failed += [(n, a.status_code) for n, a in answers if a.status_code >= 500]
    assert failed == []


@pytest.mark.parametrize("way", ["reset", "password", "take back"])
def test_a_sign_in_whose_password_was_judged_before_it_changed_opens_nothing(site, way):
    """An attacker who signs in again and again must not be left in by the last one under way."""
    carol, services = site.carol, site.services
    with site.app.app_context(), reading():
        found = users.credentials(carol.email)
    opening = Opening(found.id, "password", False, None, site.clock())
    late = partial(
        password_sign_in.open_for, services, Caller(), opening,
        password_sign_in.Right(found, key=b"k" * 32, wrong=0), old=None, now=site.clock(),
    )  # fmt: skip
    with site.app.app_context():
        assert not isinstance(late(), password_sign_in.WrongCredentials)
    carol.browser.sign_in_fully(carol)
    if way == "password":
        fields = {"current_password": carol.password, "password": NEW}
        assert carol.browser.post("/settings/password", fields).status_code == 303
    else:
        stranger = site.stranger()
        stranger.post("/forgot-password", {"email": carol.email})
        kind = "reset-password" if way == "reset" else "wasnt-me"
        link = link_in(site, carol.email, kind)
        assert stranger.post(link, {"password": NEW}).status_code == 303
    before = len(site.rows(SessionRow))
    with site.app.app_context():
        assert isinstance(late(), password_sign_in.WrongCredentials)
    assert len(site.rows(SessionRow)) == before
