"""In Chromium: forms at the sign-in lead on to other hosts, and cookies stay where they belong."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect, sync_playwright
from support.front_door.doors import APP, ISSUER, OTHER
from support.front_door.visitor import HOST_COOKIE, SIGN_OUT
from support.servers.installation import real_time

REACHED = "the application"


@pytest.fixture(scope="module")
def chromium(program):
    """Yield a Chromium."""
    path = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def has_scripts():
    """Return whether pages may run their scripts; a test can say otherwise."""
    return True


@pytest.fixture
def page(has_scripts, chromium, door):
    """Yield an empty window at a door; a refused form or redirect on its console fails the test."""
    context = chromium.new_context(
        proxy={"server": door.tunnel.url},
        ignore_https_errors=True,
        java_script_enabled=has_scripts,
    )
    window, refused = context.new_page(), []
    window.on("console", lambda message: refused.append(message.text))
    yield window
    context.close()
    assert [text for text in refused if "Content Security Policy" in text] == []


def sign_in(page, world, person):
    """Fill in the forms at the sign-in."""
    told = len(world.texts(person.phone)) if person.phone else 0
    page.fill("input[name=email]", person.email)
    page.fill("input[name=password]", person.password)
    page.press("input[name=password]", "Enter")
    if person.phone:
        expect(page).to_have_url(f"{ISSUER}/verify-otp")
        text = world.provider.wait_for(person.phone, count=told + 1, seconds=20)[-1]
        page.fill("input[name=code]", text[:6])
        if page.url.endswith("/verify-otp"):  # the page's script may send a whole code by itself
            page.press("input[name=code]", "Enter")


@pytest.mark.seconds(6)
@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_forms_of_the_sign_in_lead_to_the_page_at_another_host(page, world):
    person = world.person(phone=world.number())
    page.goto(f"https://{APP}/page?a=b")
    sign_in(page, world, person)
    expect(page).to_have_url(f"https://{APP}/page?a=b")
    expect(page.locator("body")).to_contain_text(REACHED)
    cookies = {cookie["domain"]: cookie for cookie in page.context.cookies()
               if cookie["name"] == HOST_COOKIE}  # fmt: skip
    assert cookies.keys() == {APP}
    assert (cookies[APP]["httpOnly"], cookies[APP]["secure"]) == (True, True)
    assert cookies[APP]["sameSite"] == "Lax"
    page.goto(f"https://{OTHER}/page")
    expect(page).to_have_url(f"https://{OTHER}/page")
    expect(page.locator("body")).to_contain_text(REACHED)


@pytest.mark.seconds(5)
def test_a_fresh_proof_leads_back_to_another_host(page, world, change_rows):
    person = world.person(phone=world.number())
    answer = world.app.test_cli_runner().invoke(args=["users", "role", person.email, "admin"])
    assert answer.exit_code == 0, answer.output
    page.goto(f"https://{APP}/admin")
    sign_in(page, world, person)
    expect(page).to_have_url(f"https://{APP}/admin")
    long_ago = real_time() - timedelta(minutes=11)
    change_rows("sessions", second_step_at=long_ago, proved_at=None)
    page.goto(f"https://{APP}/admin")
    expect(page).to_have_url(f"{ISSUER}/confirm-identity")
    page.fill("input[name=password]", person.password)
    page.press("input[name=password]", "Enter")
    expect(page).to_have_url(f"https://{APP}/admin")
    expect(page.locator("body")).to_contain_text(REACHED)


@pytest.mark.seconds(4)
@pytest.mark.parametrize("everywhere", [True, False])
def test_the_button_at_a_host_signs_out(page, world, everywhere):
    page.goto(f"https://{APP}/page")
    sign_in(page, world, world.person())
    expect(page).to_have_url(f"https://{APP}/page")
    page.goto(f"https://{APP}{SIGN_OUT}")
    page.click("button:not([name])" if everywhere else "button[name=where]")
    expect(page).to_have_url(f"{ISSUER}/login" if everywhere else f"{ISSUER}/dashboard")
    assert APP not in [cookie["domain"] for cookie in page.context.cookies()]
