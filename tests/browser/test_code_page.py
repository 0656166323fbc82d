"""The page that waits for a code, alive: its errors, its delivery line, its countdown."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect
from support.browser.live import enter, pass_time, stop_clock
from support.browser.page_checks import picture

pytestmark = pytest.mark.browser

IN_BACKGROUND = "Object.defineProperty(Document.prototype, 'hidden', { get: () => true });"
LISTEN = """() => {
  window.heard = [];
  const listener = new MutationObserver(changes => changes.forEach(({ target }) => {
    const region = (target.closest ? target : target.parentElement).closest('[role=status]');
    if (region.getAttribute('aria-live') !== 'off' && region.textContent.trim())
      window.heard.push([Date.now() / 1000, region.textContent.trim()]);
  }));
  document.querySelectorAll('[role=status]').forEach(region =>
    listener.observe(region, { childList: true, characterData: true, subtree: true }));
}"""


@pytest.fixture
def ada(live):
    """Return somebody with two-factor sign-in on."""
    return live.person(phone=live.number())


def line(page: Page):
    return page.locator("#delivery")


def resend(page: Page):
    return page.locator("#resend button")


def open_code_page(live, page, ada) -> None:
    live.half_way(page.context, ada)
    stop_clock(live, page)
    page.goto("/verify-otp")
    page.evaluate("window.never_reloaded = true")


def test_a_wrong_code_comes_back_selected_and_focused_with_words_beside_it(live, page, ada):
    open_code_page(live, page, ada)
    wrong = live.wrong(ada.phone)
    enter(page, wrong)
    code = page.get_by_label("Code")
    expect(code).to_have_accessible_description(
        re.compile(
            f"the number ending in {ada.phone[-2:]} ?. It expires in 5 minutes. "
            "That code is incorrect. Check the most recent text."
        )
    )
    expect(code).to_have_attribute("aria-invalid", "true")
    expect(code).to_be_focused()
    expect(page).to_have_title("Error: Check your phone · Harbour")
    chosen = "e => e.value.slice(e.selectionStart, e.selectionEnd)"
    assert code.evaluate(chosen) == wrong
    page.keyboard.type(live.code(ada.phone))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_the_line_turns_from_on_its_way_to_sent_without_a_reload(live, page, ada):
    live.provider.script({"match": {"to": ada.phone}, "play": "30"})
    open_code_page(live, page, ada)
    expect(line(page)).to_have_text("On its way")
    live.try_again(ada.phone)
    page.clock.run_for(3000)
    expect(line(page)).to_have_text("Sent 1 second ago")
    expect(line(page)).to_have_attribute("data-state", "sent")
    assert page.evaluate("window.never_reloaded")


def test_a_message_that_fails_is_said_with_the_other_ways_without_a_reload(live, page, ada):
    live.provider.script(
        {"match": {"to": ada.phone}, "play": "30"}, {"match": {"to": ada.phone}, "play": "11"}
    )
    open_code_page(live, page, ada)
    expect(line(page)).to_have_text("On its way")
    live.try_again(ada.phone)
    page.clock.run_for(3000)
    expect(line(page)).to_have_text("This number can't receive our texts. Use a recovery code.")
    expect(page.locator("#delivery .dot")).to_have_class("dot bad")
    expect(page.get_by_role("link", name="Use a recovery code")).to_be_visible()
    assert page.evaluate("window.never_reloaded")


def test_after_a_failure_before_ones_eyes_lead_and_main_button_are_those_of_a_reload(
    live, page, ada
):
    live.provider.script({"match": {"to": ada.phone}, "play": "30", "times": 2})
    open_code_page(live, page, ada)
    expect(page.locator(".main")).to_have_text("Continue")
    page.get_by_label("Code", exact=True).fill("12")
    live.try_again(ada.phone)
    page.clock.run_for(3000)
    expect(page.locator(".main")).to_contain_text("Send a new code")
    expect(page.locator(".main")).to_be_enabled()
    expect(page.locator("#where")).to_contain_text("We couldn't send a code to")
    expect(page.get_by_label("Code", exact=True)).to_have_value("12")
    assert page.evaluate("window.never_reloaded")
    seen = [page.locator(part).inner_text() for part in ("#where", "#go", "#instead", "#ways")]
    picture(page, "code-failed-live")
    page.reload()
    again = [page.locator(part).inner_text() for part in ("#where", "#go", "#instead", "#ways")]
    assert seen == again
    page.locator(".main").click()
    expect(page.get_by_text("Another code is on its way.")).to_be_visible()


def test_the_end_of_the_code_and_of_the_sign_in_is_announced_a_minute_before(live, page, ada):
    page.add_init_script(IN_BACKGROUND)  # asks the server nothing: no answer comes half-way
    open_code_page(live, page, ada)
    expiring, ending = page.locator("#expiring"), page.locator("main > [data-ends-in]")
    pass_time(live, page, 239)
    expect(expiring).to_have_text("")
    pass_time(live, page, 3)
    expect(expiring).to_have_text("Your code expires in one minute.")
    pass_time(live, page, 60)
    expect(expiring).to_have_text("")
    expect(ending).to_have_text("")
    pass_time(live, page, 240)
    expect(ending).to_have_text(
        "This sign-in times out in one minute. After that, you'll need to start again."
    )


def test_a_code_that_expires_before_ones_eyes_is_said(live, page, ada):
    open_code_page(live, page, ada)
    pass_time(live, page, 25)
    expect(line(page)).to_have_text("Sent. It should arrive in a few seconds.")
    pass_time(live, page, 279)
    expect(line(page)).to_have_text("That code has expired. Send a new one.")
    page.reload()
    expect(line(page)).to_have_text("That code has expired. Send a new one.")
    expect(page.locator("#where")).not_to_contain_text("It expires in 5 minutes.")


def test_a_sign_in_that_lapses_before_ones_eyes_is_said(live, page, watch, ada):
    watch.forgiven.add(401)  # the answer that says so
    open_code_page(live, page, ada)
    with page.expect_response("**/verify-otp/status") as answer:
        pass_time(live, page, 601)
    assert answer.value.status == 401
    expect(line(page)).to_have_text("For your security, this sign-in has timed out. Start again.")


def test_the_wait_for_another_code_counts_down_and_the_button_wakes(live, page, ada):
    page.add_init_script(IN_BACKGROUND)  # asks the server nothing: no answer comes half-way
    open_code_page(live, page, ada)
    expect(resend(page)).to_have_text("Send another codeSend another code (0:30)")
    expect(resend(page)).to_be_disabled()
    pass_time(live, page, 10)
    expect(page.locator("[data-waiting]")).to_have_text("Send another code (0:20)")
    pass_time(live, page, 19)
    expect(resend(page)).to_be_disabled()
    pass_time(live, page, 1)
    expect(resend(page)).to_be_enabled()
    expect(page.locator("#resend").get_by_role("status")).to_have_text(
        "You can now send another code."
    )
    resend(page).click()
    expect(page.locator("[data-waiting]")).to_have_text("Send another code (1:00)")
    assert len(set(live.texts(ada.phone)[-2:])) == 2


def test_a_listener_hears_of_the_wait_every_half_minute_at_most(live, page, ada):
    visitor = live.browser()
    visitor.sign_in(ada.email)
    for wait in (30, 60):
        live.clock.move(seconds=wait)
        visitor.post("/verify-otp/resend", on="/verify-otp")
    live.settle()
    visitor.lend(page.context)
    page.add_init_script(IN_BACKGROUND)  # asks the server nothing, so its time may stand
    stop_clock(live, page)
    page.goto("/verify-otp")
    expect(page.locator("[data-waiting]")).to_have_text("Send another code (2:00)")
    page.evaluate(LISTEN)
    page.clock.run_for(125_000)
    heard = page.evaluate("window.heard")
    assert [words for _, words in heard] == [
        "You can send another code in 90 seconds.",
        "You can send another code in 60 seconds.",
        "You can send another code in 30 seconds.",
        "You can now send another code.",
    ]
    assert all(later - earlier >= 29 for (earlier, _), (later, _) in pairwise(heard))


def test_the_line_lives_on_the_page_that_turns_codes_off_as_well(live, page, ada):
    live.inside(page.context, ada, fresh=True)
    live.provider.script({"match": {"to": ada.phone}, "play": "30"})
    stop_clock(live, page)
    page.goto("/settings/2fa/disable")
    with page.expect_navigation():
        page.get_by_role("button", name="Send a code").click()
    page.evaluate("window.never_reloaded = true")
    expect(line(page)).to_have_text("On its way")
    live.try_again(ada.phone)
    page.clock.run_for(3000)
    expect(line(page)).to_have_text("Sent 1 second ago")
    assert page.evaluate("window.never_reloaded")
