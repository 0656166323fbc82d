"""An account that nobody used for 91 days asks whoever has its number for the mailed link."""

import html

from support.stories.phone_door import newcomer, proved, visiting


def idle(site, *, confirmed=True):
    """Return the number and address of an account that nobody used for 91 days."""
    browser, phone, email = newcomer(site)
    if confirmed:
        browser.post(site.mails(email)[-1].link)
    site.clock.move(days=91)
    return phone, email


def test_a_long_idle_account_asks_for_the_mailed_link_in_the_same_browser(site):
    phone, email = idle(site)
    browser, code = visiting(site, phone)
    assert browser.enter(code).location == "/phone/link"
    assert not browser.is_signed_in()
    link = site.mails(email)[-1].link
    stranger = site.stranger()
    assert stranger.get(link, follow=False).location.startswith("/login")
    other, _ = proved(site)
    assert other.post(link).status_code == 410
    browser.get("/phone/link")
    assert browser.page.heading == "Check your email"
    assert email not in browser.page.text, "whoever has the number hasn't shown whose account it is"
    assert f"ending in {phone[-2:]}" in browser.page.text
    early = browser.post("/phone/link/resend", on="/phone/link")
    assert (early.status_code, early.headers["Retry-After"]) == (429, "60")
    assert browser.request("GET", "/phone/link/resend").location == "/phone/link"
    for _ in range(6):
        site.clock.move(minutes=1)
        assert browser.post("/phone/link/resend", on="/phone/link").location == "/phone/link"
    links = [mail.link for mail in site.mails(email) if "/phone/link/" in mail.text]
    assert links == [link] * 6, "the first, and five an hour"
    browser.get("/phone")
    assert browser.page.all("input", name="phone")[0].attributes["value"] == phone
    assert browser.get("/phone/details", follow=False).location == "/phone/link"
    assert browser.post(link).location == "/dashboard"
    assert browser.is_signed_in()
    again, code = visiting(site, phone)
    assert again.enter(code).location == "/dashboard", "it isn't idle any more"


def test_a_long_idle_account_without_an_address_stays_shut(site):
    phone, _ = idle(site, confirmed=False)
    browser, code = visiting(site, phone)
    assert browser.enter(code).location == "/login"
    page = html.unescape(browser.get("/login").text)
    assert "You can't sign in with this phone number" in page
    assert not browser.is_signed_in()


def test_a_link_is_dead_after_half_an_hour(site):
    phone, email = idle(site)
    browser, code = visiting(site, phone)
    browser.enter(code)
    site.clock.move(minutes=30)
    link = site.mails(email)[-1].link
    assert browser.get(link, follow=False).location.startswith("/login")
