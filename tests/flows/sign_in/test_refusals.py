"""What a refusal costs, and what the history says of it."""

from support.site.statement_count import counted
from support.stories.sms_pumping import ask, customer, in_range, refusals


def statements_of(site, step):
    """Return the statements about the guard's tables that a step asks."""
    with counted(site) as statements:
        step()
    return [s for s in statements if "conversions" in s or "blocks" in s]


def test_a_new_number_costs_one_look_and_a_sign_in_none(site):
    browser = customer(site)
    browser.get("/settings/2fa/enable")
    form = {"phone": in_range()[0], "csrf_token": browser.page.token()}
    asked = statements_of(site, lambda: browser.request("POST", "/settings/2fa/enable", data=form))
    assert [s.split()[0] for s in asked] == ["SELECT", "INSERT"]
    assert statements_of(site, lambda: site.signed_in(site.ada)) == []


def test_a_fourth_number_of_a_day_is_a_refusal_in_the_history(site):
    browser, phones = customer(site), in_range()
    assert all(ask(site, browser, phone) for phone in phones[:3])
    for _ in range(2):
        assert browser.post("/settings/2fa/enable", {"phone": phones[3]}).status_code == 429
    assert refusals(site) == ["budget numbers"] * 2


def test_a_refusal_by_a_budget_says_which_in_the_history_alone(site):
    browser, phone = customer(site), in_range()[0]
    for _ in range(5):
        assert ask(site, browser, phone)
        site.clock.move(seconds=30)
    assert not ask(site, browser, phone)
    assert refusals(site) == ["budget new-number"]
    assert "new-number" not in browser.get("/settings/2fa/confirm").text
