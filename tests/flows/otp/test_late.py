"""One right code posted several times at the same instant: one request wins, none is punished."""

import pytest
from support.site.concurrency import at_once, copies, post_at_once
from support.stories.api_program import Program, code_of, key_in
from support.stories.authenticator import set_up
from support.stories.phone_door import ask

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.limits.attempt_limits import TriesRow
from twofa.storage.sessions.sessions import SessionRow

CROWD = 12
FAULTS = {
    Event.OTP_FAIL.value, Event.OTP_EXPIRED.value, Event.OTP_ATTEMPTS_EXHAUSTED.value,
    Event.OTP_LOCK.value, Event.TOTP_FAIL.value, Event.TOTP_REPLAYED.value,
    Event.TOTP_ATTEMPTS_EXHAUSTED.value, Event.TOTP_LOCK.value, Event.RECOVERY_CODE_FAIL.value,
}  # fmt: skip
RIGHT = {Event.OTP_SUCCESS.value, Event.RECOVERY_CODE_USED.value}
COMPLETED = "This sign-in was completed in another tab."


def owner_in(site):
    """Return somebody with two-factor sign-in on, whom no other test knows."""
    return site.person(phone=site.number())


def next_of(browser, person):
    """Sign in with the password, on the way to a page."""
    page = "/login?next=%2Fsettings%2Factivity"
    return browser.post(page, {"email": person.email, "password": person.password})


def by_sms(site):
    """Wait for a text message's code as the second step."""
    person = owner_in(site)
    browser = site.stranger()
    assert next_of(browser, person).location == "/verify-otp"
    return browser, "/verify-otp", {"code": site.code(person.phone)}


def by_app(site):
    """Wait for an authenticator app's code as the second step."""
    person = owner_in(site)
    owner = site.signed_in(person)
    owner.prove()
    app, _ = set_up(owner)
    site.clock.move(minutes=1)
    browser = site.stranger()
    next_of(browser, person)
    return browser, "/verify-otp/app", {"code": app.next()}


def by_recovery_code(site):
    """Wait for a recovery code as the second step."""
    person = owner_in(site)
    browser = site.stranger()
    next_of(browser, person)
    fields = {"recovery_code": person.recovery_codes[0]}
    return browser, "/verify-otp/recovery", fields


def by_phone(site):
    """Wait for the code of somebody whose number has an account, without a password step."""
    browser, phone = site.stranger(), site.number()
    ask(browser, phone)
    browser.enter(site.code(phone))
    fields = {"first_name": "Dora", "last_name": "Test", "email": f"{phone[1:]}@example.com"}
    assert browser.post("/phone/details", fields).status_code == 303
    other = site.stranger()
    site.clock.move(minutes=2)
    assert other.post("/phone?next=%2Fsettings%2Factivity", {"phone": phone}).status_code == 303
    return other, "/verify-otp", {"code": site.code(phone), "phone": phone}


SIGN_INS = [by_sms, by_app, by_recovery_code, by_phone]


def faults(site):
    """Count what was written down as somebody's fault."""
    return sum(row.tag in FAULTS for row in site.rows(EventRow))


def charged(site):
    """Return the wrong answers that budgets hold: of codes, apps and recovery codes."""
    return sorted((bytes(row.key), row.counted) for row in site.rows(TriesRow) if row.counted)


def post_copies(site, browser, path, fields):
    """Post one form from many copies of a browser at once; give the copies and their answers."""
    browser.get(path)
    crowd = copies(browser, CROWD)
    before = [one.cookie() for one in crowd]
    answers = post_at_once(crowd, path, [fields] * CROWD, token=browser.page.token())
    return crowd, before, answers


@pytest.mark.parametrize("door", SIGN_INS)
def test_one_right_code_posted_many_times_at_once_opens_one_session(every_site, door):
    site = every_site
    browser, path, fields = door(site)
    before, sessions = (faults(site), charged(site)), len(site.rows(SessionRow))

    crowd, cookies, answers = post_copies(site, browser, path, fields)

    assert {a.status_code for a in answers} == {303}
    assert {a.location for a in answers} == {"/settings/activity"}
    winners = [one for one in crowd if one.is_signed_in()]
    assert len(winners) == 1
    assert len(site.rows(SessionRow)) == sessions
    assert (faults(site), charged(site)) == before
    losers = [
        (one, cookie) for one, cookie in zip(crowd, cookies, strict=True) if one not in winners
    ]
    assert all(one.cookie() == cookie for one, cookie in losers)
    loser = losers[0][0]
    loser.get("/settings/activity")
    assert loser.page.heading == "Sign in"
    assert COMPLETED in loser.page.text


def to_enable(site):
    """Wait for the code of a number that is to be the second factor."""
    browser, phone = site.signed_in(site.person()), site.number()
    browser.prove()
    browser.post("/settings/2fa/enable", {"phone": phone})
    return browser, "/settings/2fa/confirm", {"code": site.code(phone)}


def to_disable(site):
    """Wait for the code that turns two-factor sign-in off."""
    person = owner_in(site)
    browser, path = site.signed_in(person), "/settings/2fa/disable"
    browser.prove()
    site.clock.move(minutes=1)
    browser.post(f"{path}/resend", on=path)
    return browser, path, {"code": site.code(person.phone)}


def to_disable_by_recovery_code(site):
    """Be about to turn two-factor sign-in off by a recovery code."""
    person = owner_in(site)
    browser = site.signed_in(person)
    browser.prove()
    return browser, "/settings/2fa/disable", {"code": person.recovery_codes[0]}


def to_prove_number(site):
    """Wait for a code to the current number, before another takes its place."""
    person = owner_in(site)
    browser = site.signed_in(person)
    browser.prove()
    browser.post("/settings/phone", {"phone": site.number()})
    current = "/settings/phone/current"
    site.clock.move(minutes=1)
    browser.post(f"{current}/resend", on=current)
    return browser, current, {"code": site.code(person.phone)}


def to_change_number(site):
    """Wait for a code to the number that is to be."""
    person = owner_in(site)
    browser = site.signed_in(person)
    browser.prove()
    phone = site.number()
    browser.post("/settings/phone", {"phone": phone})
    code = person.recovery_codes[0]
    browser.post("/settings/phone/current", {"recovery_code": code})
    return browser, "/settings/phone/confirm", {"code": site.code(phone)}


def to_prove_identity(site):
    """Wait for the code of fresh proof, in an account that has no password."""
    browser, path, fields = by_phone(site)
    browser.post(path, fields)
    site.clock.move(minutes=11)
    identity = "/confirm-identity"
    browser.post(f"{identity}/resend", on=identity)
    return browser, identity, {"code": site.code(fields["phone"])}


CHANGES = {
    to_enable: "/settings/2fa/recovery-codes/new",
    to_disable: "/settings/2fa",
    to_disable_by_recovery_code: "/settings/2fa",
    to_prove_number: "/settings/phone/confirm",
    to_change_number: "/settings/2fa",
    to_prove_identity: "/settings",
}


@pytest.mark.parametrize("door", CHANGES)
def test_one_right_code_of_a_change_posted_many_times_at_once_is_used_once(every_site, door):
    site = every_site
    browser, path, fields = door(site)
    before, sessions = (faults(site), charged(site)), len(site.rows(SessionRow))
    right = sum(row.tag in RIGHT for row in site.rows(EventRow))

    _, _, answers = post_copies(site, browser, path, fields)

    led_on = [a for a in answers if a.status_code == 303]
    assert len(led_on) >= CROWD - 1
    assert {a.location for a in led_on} == {CHANGES[door]}
    assert sum("Set-Cookie" in a.headers for a in answers) <= 1
    assert sum(row.tag in RIGHT for row in site.rows(EventRow)) == right + 1
    assert len(site.rows(SessionRow)) == sessions
    assert (faults(site), charged(site)) == before


def by_json(site, person, path, name, value):
    """Sign in with the password by JSON; give what posts the second step with that token."""
    program = Program(site)
    token = program.sign_in(person.email, person.password, token=True).json["token"]
    body = {name: value() if callable(value) else value}
    programs = [Program(site, token=token) for _ in range(CROWD)]
    return [lambda p=p: p.post(path, body) for p in programs]


def json_otp(site):
    """Post the code of a text message."""
    person = owner_in(site)
    code = lambda: site.code(person.phone)  # noqa: E731 - read after it was sent
    return by_json(site, person, "session/otp", "code", code)


def json_app(site):
    """Post the code of an authenticator app."""
    person = owner_in(site)
    owner = site.signed_in(person)
    owner.prove()
    app, _ = set_up(owner)
    site.clock.move(minutes=1)
    return by_json(site, person, "session/app", "code", app.next())


def json_recovery(site):
    """Post a recovery code."""
    person = owner_in(site)
    code = person.recovery_codes[0]
    return by_json(site, person, "session/recovery", "recovery_code", code)


def json_phone(site):
    """Post the code of somebody who comes by phone."""
    _, _, fields = by_phone(site)
    site.clock.move(minutes=2)
    program = Program(site)
    body = {"phone": fields["phone"], "token": True}
    token = program.post("session", body).json["token"]
    typed = {"code": site.code(fields["phone"])}
    programs = [Program(site, token=token) for _ in range(CROWD)]
    return [lambda p=p: p.post("session/otp", typed) for p in programs]


def json_verify(site):
    """Post the code of a number that another program asks about."""
    program, phone = Program(site, token=key_in(site)), site.number()
    program.post("send-otp", {"phoneNumber": phone})
    body = {"phoneNumber": phone, "pin": site.code(phone)}
    programs = [Program(site, token=program.token) for _ in range(CROWD)]
    return [lambda p=p: p.post("verify-otp", body) for p in programs]


JSON = [json_otp, json_app, json_recovery, json_phone, json_verify]


@pytest.mark.parametrize("door", JSON)
def test_programs_that_lose_the_race_for_one_right_code_are_told_409(every_site, door):
    site = every_site
    jobs = door(site)
    before, sessions = (faults(site), charged(site)), len(site.rows(SessionRow))
    answers = at_once(jobs)
    assert [a.status_code for a in answers].count(200) == 1
    lost = [code_of(a) for a in answers if a.status_code != 200]
    assert set(lost) == {(409, "already_completed")}
    assert (faults(site), charged(site)) == before
    assert len(site.rows(SessionRow)) == sessions
