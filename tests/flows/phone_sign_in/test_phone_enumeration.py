"""Nothing tells a stranger which numbers and addresses have accounts."""

from dataclasses import replace

import pytest
from support.browser.page import without
from support.site.statement_count import counted
from support.site.world import PASSWORD
from support.stories.phone_door import ask, counts, newcomer, plain, with_policy


def pair(village):
    """Return a number that an account has, and one that none has, with equal masks."""
    _, known, _ = newcomer(village)
    village.clock.move(hours=2)
    unknown = next(n for n in iter(village.number, None) if n[-2:] == known[-2:])
    return known, unknown


@pytest.mark.parametrize("mode", ["sign_up", "sign_in"])
def test_known_and_unknown_numbers_cost_the_same_statements(make_village, mode):
    village = make_village(policy=replace(make_village().policy, phone_sign_in=mode))
    asked = []
    for phone in (village.ada.phone, village.number(), village.bob.phone):
        browser = village.stranger()
        browser.get("/phone")
        fields = {"phone": phone, "csrf_token": browser.page.token()}
        with counted(village) as statements:
            assert browser.request("POST", "/phone", data=fields).status_code == 303
        asked.append([statement.split("(")[0].split("=")[0] for statement in statements])
    assert asked[0] == asked[1] == asked[2]


@pytest.mark.parametrize("mode", ["sign_up", "sign_in"])
def test_nothing_tells_a_known_number_from_an_unknown_one(make_village, mode):
    village = make_village()
    known, unknown = pair(village)
    with_policy(village, replace(village.policy, phone_sign_in=mode))
    seen, got = [], len(village.texts(unknown))
    for phone in (known, unknown):
        browser, before = village.stranger(), counts(village)
        answers = [plain(ask(browser, phone))]
        answers.append([a - b for a, b in zip(counts(village), before, strict=True)])
        village.settle()
        answers += [plain(browser.get(path)) for path in ("/verify-otp", "/verify-otp/status")]
        answers.append(plain(browser.post("/verify-otp", {"code": "12"})))
        answers.append(plain(browser.enter(village.wrong(known))))
        answers.append(plain(browser.post("/verify-otp/resend", on="/verify-otp")))
        village.clock.move(seconds=31)
        answers.append(plain(browser.post("/verify-otp/resend", on="/verify-otp")))
        village.settle()
        answers.append(plain(browser.get("/verify-otp")))
        for _ in range(4):
            answers.append(plain(browser.enter(village.wrong(known))))
        answers.append(plain(browser.get("/verify-otp")))
        seen.append(answers)
        village.clock.move(hours=3)
    for at, (first, second) in enumerate(zip(*seen, strict=True)):
        assert first == second, f"step {at}"
    assert len(village.texts(unknown)) - got == (2 if mode == "sign_up" else 0)


def test_a_limit_tells_nobody_which_numbers_have_accounts(village):
    known, unknown = pair(village)
    states = []
    for phone in (known, unknown):
        mine = []
        for _ in range(6):
            browser = village.stranger()
            ask(browser, phone)
            village.settle()
            mine.append(browser.get("/verify-otp/status").json["state"])
        states.append(mine)
    assert states[0] == states[1]
    assert states[0][-1] == "failed"
    assert set(states[0][:-1]) == {"sent"}


def test_an_address_of_another_account_is_neither_merged_nor_told(village):
    free, _, email = newcomer(village)
    taken, _, _ = newcomer(village, village.carol.email)
    pages = []
    for browser, typed in ((free, email), (taken, village.carol.email)):
        pages.append(without(browser.get("/dashboard").text, typed))
    assert pages[0] == pages[1]
    assert [m.subject for m in village.news(village.carol)] == [
        "You already have an account at Harbour"
    ]
    assert village.stranger().sign_in(village.carol.email, PASSWORD).status_code == 303
