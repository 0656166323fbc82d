"""Lockout is no weapon: what strangers do delays strangers, for a time, and tells them nothing."""

import re

from support.site.concurrency import address
from support.site.statement_count import counted

WRONG = "never-the-password-7"


def guess(site, email, times, browser=None):
    """Type wrong passwords, each from an address of its own; give the last answer."""
    for _ in range(times):
        answer = (browser or site.stranger()).sign_in(email, WRONG)
    return answer


def said(answer):
    """Return status, headers and page but for what differs each time."""
    ours = ("Set-Cookie", "X-Request-Id", "Content-Length", "Date")
    headers = sorted((name, value) for name, value in answer.headers if name not in ours)
    page = re.sub(r'value="[^"]*"', "", answer.text)
    return answer.status_code, headers, page


def codes_sent(site, person):
    """Count the texts on somebody's phone."""
    return len(site.texts(person.phone))


def test_a_flood_of_wrong_passwords_from_everywhere_never_stops_a_known_device(site):
    bob = site.bob
    device = site.signed_in(bob)
    device.post("/logout", on="/settings")
    site.clock.move(minutes=10)
    for _ in range(4):
        assert guess(site, bob.email, 12).status_code == 429
        assert device.sign_in(bob.email, bob.password).location == "/verify-otp"
        site.clock.move(minutes=16)
    device.sign_in(bob.email, bob.password)
    assert device.enter(site.code(bob.phone)).location == "/dashboard"


def test_a_lock_has_an_end_and_the_longest_is_a_quarter_of_an_hour(site):
    bob = site.bob
    site.clock.move(hours=3)
    for _ in range(40):
        last = guess(site, bob.email, 1)
        site.clock.move(minutes=1)
    assert last.status_code in (422, 429)
    site.clock.move(minutes=15)
    assert site.stranger().sign_in(bob.email, bob.password).location == "/verify-otp"


def test_a_lock_says_the_same_of_people_and_of_nobody(site):
    nobody = f"nobody-{address()}@example.com"
    seen = []
    for email in (site.bob.email, nobody):
        seen.append([said(guess(site, email, 1)) for _ in range(12)])
        site.clock.move(minutes=2)
        seen[-1].append(said(guess(site, email, 1)))
        site.clock.move(hours=3)
    blank = [[(s, h, p.replace(site.bob.email, nobody)) for s, h, p in one] for one in seen]
    assert blank[0] == blank[1]
    assert [status for status, _, _ in blank[0]] == [422] * 10 + [429] * 2 + [422]


def test_a_lock_costs_the_same_statements_for_people_and_for_nobody(site):
    asked = []
    for email in (site.ada.email, f"nobody-{address()}@example.com"):
        asked.append([])
        for _ in range(12):
            browser = site.stranger()
            browser.get("/login")
            data = {"email": email, "password": WRONG, "csrf_token": browser.page.token()}
            with counted(site) as statements:
                browser.request("POST", "/login", data=data)
            asked[-1].append(len(statements))
    assert asked[0] == asked[1]
    assert asked[0][9] > asked[0][8], "the tenth one tells the owner"


def test_who_doesnt_know_the_password_reaches_no_codes(site):
    bob = site.bob
    texts = codes_sent(site, bob)
    stranger = site.stranger()
    guess(site, bob.email, 9, stranger)
    for path in ("/verify-otp", "/verify-otp/recovery", "/verify-otp/resend"):
        stranger.get("/login")
        fields = {"code": "123456", "csrf_token": stranger.page.token()}
        assert stranger.request("POST", path, data=fields).location.startswith("/login")
    assert codes_sent(site, bob) == texts
    site.clock.move(hours=1)
    site.signed_in(bob)


def test_passwords_and_codes_rest_apart_on_every_database(every_site):
    site, bob = every_site, every_site.bob
    site.clock.move(hours=1)
    attacker = site.pending(bob)
    for _ in range(5):
        attacker.enter(site.wrong(bob.phone))
    owner = site.pending(bob)
    for _ in range(5):
        last = owner.enter(site.wrong(bob.phone))
    assert last.headers["Retry-After"] == "900"
    assert site.stranger().sign_in(bob.email, bob.password).location == "/verify-otp"
    recovery = {"recovery_code": bob.recovery_codes.pop()}
    assert site.pending(bob).post("/verify-otp/recovery", recovery).location == "/dashboard"
    site.clock.move(hours=1)
    door = site.pending(bob)
    assert guess(site, bob.email, 11).status_code == 429
    assert door.enter(site.code(bob.phone)).location == "/dashboard"
