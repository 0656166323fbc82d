"""Answers of passkeys at the same moment, on three databases: one counts."""

import pytest
from support.passkeys.soft_authenticator import (
    SoftAuthenticator,
    add,
    begin,
    body_of,
    post,
    sign_in,
)
from support.site.concurrency import address, at_once, copies

from twofa.domain.passkeys import ceremony, passkey
from twofa.storage.accounts.users import User
from twofa.storage.passkeys.ceremonies import CeremonyRow
from twofa.storage.passkeys.passkeys import PasskeyRow
from twofa.storage.sessions.sessions import SessionRow

CROWD = 20
PATHS = {"sign_in": "/sign-in", "second_step": "/sign-in", "prove": "/prove", "add": ""}


def of(site, person, kind=PasskeyRow):
    """Return an account's rows of a table."""
    (user_id,) = [row.id for row in site.rows(User) if row.email == person.email]
    return [row for row in site.rows(kind) if row.user_id == user_id]


def all_at_once(browser, path, body, method="POST"):
    """Send a request from twenty copies of a browser; return the statuses, the lowest first."""
    crowd = copies(browser, CROWD)
    jobs = [lambda one=one: post(one, path, body, method).status_code for one in crowd]
    return sorted(at_once(jobs))


def two_factor(every_site, device):
    """Return somebody with two-factor sign-in on and a passkey."""
    site = every_site
    person = site.person(f"fay-{address()}@example.com", phone=site.number())
    person.browser.prove()
    add(person.browser, device)
    return person


@pytest.mark.parametrize("purpose", ["sign_in", "prove", "add"])
def test_v7_v8_v19_of_twenty_with_the_same_answer_one_wins(every_site, fay, device, purpose):
    browser = every_site.stranger() if purpose == "sign_in" else fay.browser
    body = body_of(browser, device, purpose, **({"nickname": ""} if purpose == "add" else {}))
    before = len(of(every_site, fay, SessionRow)), len(of(every_site, fay))
    first, *others = all_at_once(browser, PATHS[purpose], body)
    assert first == (201 if purpose == "add" else 200)
    assert set(others) <= {400, 401}
    after = len(of(every_site, fay, SessionRow)), len(of(every_site, fay))
    assert after == (before[0] + (purpose == "sign_in"), before[1] + (purpose == "add"))


def test_v7_of_twenty_second_steps_with_the_same_answer_one_wins(every_site, device):
    person = two_factor(every_site, device)
    browser = every_site.stranger()
    browser.sign_in(person.email)
    body = body_of(browser, device, "second_step")
    first, *others = all_at_once(browser, "/sign-in", body)
    assert first == 200
    assert set(others) <= {400, 409}


def test_of_copies_of_a_device_that_answer_with_the_same_count_one_signs_in(
    every_site, fay, device
):
    device.backup_eligible = device.backed_up = False
    device.counts = True
    add(fay.browser, device)
    bodies = []
    for _ in range(8):
        device.passkeys[-1].count = 6
        bodies.append(body_of(every_site.stranger(), device, "sign_in"))
    jobs = [lambda b=b: post(every_site.stranger(), "/sign-in", b).status_code for b in bodies]
    assert sorted(at_once(jobs)) == [200] + [401] * 7
    assert of(every_site, fay)[-1].sign_count == 7


def test_of_two_last_factors_removed_at_once_one_stays(every_site, fay, device):
    body = body_of(fay.browser, device, "add", nickname="Second", turn_on=True)
    assert post(fay.browser, "", body).status_code == 201
    rows = of(every_site, fay)
    one, other = copies(fay.browser, 2)
    pairs = zip((one, other), rows, strict=True)
    answers = at_once(
        [lambda b=b, r=r: post(b, f"/{r.public_id}", None, "DELETE").status_code for b, r in pairs]
    )
    assert sorted(answers) == [204, 409]
    assert len(of(every_site, fay)) == 1


def test_no_more_ceremonies_are_open_than_may_be_however_many_ask(every_site, fay):
    crowd = copies(fay.browser, ceremony.MOST_OPEN + 8)
    begin(fay.browser, "prove")
    asked = {"purpose": "prove"}
    answers = at_once([lambda one=one: post(one, "/options", asked) for one in crowd])
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * (ceremony.MOST_OPEN - 1) + [429] * 9
    waits = {answer.headers["Retry-After"] for answer in answers if answer.status_code == 429}
    assert waits == {"300"}
    (session,) = of(every_site, fay, SessionRow)
    open_ones = [row for row in every_site.rows(CeremonyRow) if row.session_id == session.id]
    assert len(open_ones) == ceremony.MOST_OPEN
    every_site.clock.move(minutes=5)
    assert post(crowd[0], "/options", asked).status_code == 200


def test_an_account_has_at_most_twenty_however_many_are_added_at_once(every_site, fay):
    for _ in range(passkey.MOST - 2):
        add(fay.browser, SoftAuthenticator())
    bodies = [body_of(fay.browser, SoftAuthenticator(), "add", nickname="") for _ in range(4)]
    pairs = zip(copies(fay.browser, 4), bodies, strict=True)
    answers = at_once([lambda o=o, b=b: post(o, "", b).status_code for o, b in pairs])
    assert sorted(answers) == [201, 400, 400, 400], "the first begins a new epoch"
    assert len(of(every_site, fay)) == passkey.MOST
    answer = post(fay.browser, "/options", {"purpose": "add"})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "too_many_passkeys")


def test_an_account_that_adds_the_credential_of_another_is_told_that_it_exists(
    every_site, fay, device
):
    other = every_site.person(f"gus-{address()}@example.com")
    other.browser.prove()
    begun = begin(other.browser, "add")
    theirs = device.registration(device.passkeys[-1], begun["public_key"]["challenge"])
    body = {"ceremony": begun["ceremony"], "credential": theirs, "nickname": ""}
    answer = post(other.browser, "", body)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "passkey_exists")
    assert of(every_site, other) == []
    assert sign_in(every_site.stranger(), device).status_code == 200
