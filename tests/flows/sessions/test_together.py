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


def link_in(village, email, kind):
    """Return the newest link of a kind in somebody's mails."""
    found = re.findall(rf"/{kind}/[\w-]{{43}}", " ".join(m.text for m in village.mails(email)))
    return found[-1]


def a_new_number(village, person, browser):
    new = village.number()
    browser.post(PHONE, {"phone": new})
    browser.post(f"{CURRENT}/resend", on=CURRENT)
    browser.post(CURRENT, {"code": village.code(person.phone)})
    return ready(browser, CONFIRM, {"code": village.code(new)})


def a_new_password(_village, person, browser):
    words = {"current_password": person.password, "password": NEW}
    return ready(browser, "/settings/password", words)


def a_new_address(village, _person, browser):
    email = f"new-{address()}@example.com"
    browser.post("/settings/email", {"email": email})
    return ready(browser, link_in(village, email, "confirm-email"))


def a_second_step(_village, person, stranger):
    stranger.sign_in(person.email, person.password)
    return ready(stranger, "/verify-otp/recovery", {"recovery_code": person.recovery_codes[1]})


def a_reset(village, person, stranger):
    stranger.post("/forgot-password", {"email": person.email})
    return ready(stranger, link_in(village, person.email, "reset-password"), {"password": NEW})


def taking_back(village, person, stranger):
    return ready(stranger, link_in(village, person.email, "wasnt-me"))


def a_sign_in(_village, person, stranger):
    return ready(stranger, "/login", {"email": person.email, "password": person.password})


def turning_off(_village, person, browser):
    return ready(browser, "/settings/2fa/disable", {"code": person.recovery_codes[0]})


INSIDE = {
    "number": a_new_number,
    "off": turning_off,
    "app": lambda _village, _person, browser: ready(browser, f"{PAGE}/remove", on=PAGE),
    "password": a_new_password,
    "address": a_new_address,
    "delete": lambda _village, _person, browser: ready(browser, "/settings/delete"),
}
OUTSIDE = {
    "second step": a_second_step,
    "take back": taking_back,
    "reset": a_reset,
    "sign in": a_sign_in,
}


def changes(village, person, names):
    """Prepare these changes of an account with an app, one press away, each in its own browser."""
    browsers = {name: village.signed_in(person) for name in INSIDE if name in ("app", *names)}
    for one in browsers.values():
        one.prove()
    set_up(browsers["app"])
    village.clock.move(minutes=1)
    return [
        INSIDE[name](village, person, browsers[name])
        if name in INSIDE
        else OUTSIDE[name](village, person, village.stranger())
        for name in names
    ]


@pytest.mark.parametrize("names", MET, ids="-".join)
def test_what_is_done_at_once_is_done_or_refused_and_never_fails(every_village, names):
    village, failed = every_village, []
    for _ in range(ROUNDS):
        village.clock.move(hours=25)
        jobs = changes(village, village.person(phone=village.number()), names)
        answers = zip(names, at_once(jobs), strict=True)
        failed += [(n, a.status_code) for n, a in answers if a.status_code >= 500]
    assert failed == []


@pytest.mark.parametrize("way", ["reset", "password", "take back"])
def test_a_sign_in_whose_password_was_judged_before_it_changed_opens_nothing(village, way):
    """A thief who signs in again and again must not be left in by the last one under way."""
    carol, services = village.carol, village.services
    with village.app.app_context(), reading():
        found = users.credentials(carol.email)
    opening = Opening(found.id, "password", False, None, village.clock())
    late = partial(
        password_sign_in.open_for, services, Caller(), opening,
        password_sign_in.Right(found, key=b"k" * 32, wrong=0), old=None, now=village.clock(),
    )  # fmt: skip
    with village.app.app_context():
        assert not isinstance(late(), password_sign_in.WrongCredentials)
    carol.browser.sign_in_fully(carol)
    if way == "password":
        fields = {"current_password": carol.password, "password": NEW}
        assert carol.browser.post("/settings/password", fields).status_code == 303
    else:
        stranger = village.stranger()
        stranger.post("/forgot-password", {"email": carol.email})
        kind = "reset-password" if way == "reset" else "wasnt-me"
        link = link_in(village, carol.email, kind)
        assert stranger.post(link, {"password": NEW}).status_code == 303
    before = len(village.rows(SessionRow))
    with village.app.app_context():
        assert isinstance(late(), password_sign_in.WrongCredentials)
    assert len(village.rows(SessionRow)) == before
