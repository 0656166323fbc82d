"""Nothing tells a stranger which numbers and addresses have accounts."""

from dataclasses import replace

import pytest
from support.browser.page import without
from support.site.statement_count import counted
from support.site.world import PASSWORD
from support.stories.phone_door import ask, counts, newcomer, plain, with_policy


def pair(site):
    """Return a number that an account has, and one that none has, with equal masks."""
    _, known, _ = newcomer(site)
    site.clock.move(hours=2)
    unknown = next(n for n in iter(site.number, None) if n[-2:] == known[-2:])
    return known, unknown


@pytest.mark.parametrize("mode", ["sign_up", "sign_in"])
def test_known_and_unknown_numbers_cost_the_same_statements(make_site, mode):
    site = make_site(policy=replace(make_site().policy, phone_sign_in=mode))
    asked = []
    for phone in (site.ada.phone, site.number(), site.bob.phone):
        browser = site.stranger()
        browser.get("/phone")
        fields = {"phone": phone, "csrf_token": browser.page.token()}
        with counted(site) as statements:
            assert browser.request("POST", "/phone", data=fields).status_code == 303
        asked.append([statement.split("(")[0].split("=")[0] for statement in statements])
    assert asked[0] == asked[1] == asked[2]


@pytest.mark.parametrize("mode", ["sign_up", "sign_in"])
def test_nothing_tells_a_known_number_from_an_unknown_one(make_site, mode):
    site = make_site()
    known, unknown = pair(site)
    with_policy(site, replace(site.policy, phone_sign_in=mode))
    seen, got = [], len(site.texts(unknown))
    for phone in (known, unknown):
        browser, before = site.stranger(), counts(site)
        answers = [plain(ask(browser, phone))]
        answers.append([a - b for a, b in zip(counts(site), before, strict=True)])
        site.settle()
        answers += [plain(browser.get(path)) for path in ("/verify-otp", "/verify-otp/status")]
        answers.append(plain(browser.post("/verify-otp", {"code": "12"})))
        answers.append(plain(browser.enter(site.wrong(known))))
        answers.append(plain(browser.post("/verify-otp/resend", on="/verify-otp")))
        site.clock.move(seconds=31)
        answers.append(plain(browser.post("/verify-otp/resend", on="/verify-otp")))
        site.settle()
        answers.append(plain(browser.get("/verify-otp")))
        for _ in range(4):
            answers.append(plain(browser.enter(site.wrong(known))))
        answers.append(plain(browser.get("/verify-otp")))
        seen.append(answers)
        site.clock.move(hours=3)
    for at, (first, second) in enumerate(zip(*seen, strict=True)):
        assert first == second, f"step {at}"
    assert len(site.texts(unknown)) - got == (2 if mode == "sign_up" else 0)


def test_a_limit_tells_nobody_which_numbers_have_accounts(site):
    known, unknown = pair(site)
    states = []
    for phone in (known, unknown):
        mine = []
        for _ in range(6):
            browser = site.stranger()
            ask(browser, phone)
            site.settle()
            mine.append(browser.get("/verify-otp/status").json["state"])
        states.append(mine)
    assert states[0] == states[1]
    assert states[0][-1] == "failed"
    assert set(states[0][:-1]) == {"sent"}


def test_an_address_of_another_account_is_neither_merged_nor_told(site):
    free, _, email = newcomer(site)
    taken, _, _ = newcomer(site, site.carol.email)
    pages = []
    for browser, typed in ((free, email), (taken, site.carol.email)):
        pages.append(without(browser.get("/dashboard").text, typed))
    assert pages[0] == pages[1]
    assert [m.subject for m in site.news(site.carol)] == ["You already have a Harbour account"]
    assert site.stranger().sign_in(site.carol.email, PASSWORD).status_code == 303
