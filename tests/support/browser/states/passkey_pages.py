"""Pages of passkeys in each of their states; a device in software made the passkeys."""

import re

from support.browser.guide import Guide, PageState
from support.browser.live import Live, Visitor
from support.passkeys.soft_authenticator import SoftAuthenticator, add, prove, second_step
from support.site.world import Person
from support.stories.authenticator import set_up

LIST, ADD, STEP = "/settings/passkeys", "/settings/passkeys/add", "/verify-otp/passkey"
LIST_PAGE, ADD_PAGE = "settings/passkeys.html", "settings/passkey_add.html"
TURN_ON, TURN_ON_PAGE = "/settings/passkeys/turn-on", "settings/passkey_turn_on.html"
STEP_PAGE, OFFER_PAGE = "verify_passkey.html", "passkey_offer.html"
BUTTON = "main [data-passkey] > button"
FAILS = """name => {
  const fails = () => Promise.reject(new DOMException('made up', name));
  navigator.credentials.get = fails;
  navigator.credentials.create = fails;
}"""


def device(live: Live) -> SoftAuthenticator:
    """Return a device whose passkeys work at a live world."""
    return SoftAuthenticator(origin=live.url, rp_id="localhost")


def owner(live: Live) -> tuple[Person, SoftAuthenticator]:
    """Make an account with two-factor sign-in on by one passkey alone."""
    person, laptop = live.person(), device(live)
    person.browser.prove()
    add(person.browser, laptop, turn_on=True)
    person.recovery_codes = person.browser.save_codes()
    return person, laptop


def lent(guide: Guide, person: Person, path: str, *, stale: bool = False) -> None:
    """Open a page with a person's own session, just proved, or not for a while."""
    person.browser.prove()
    if stale:
        guide.live.clock.move(minutes=11)
    assert isinstance(person.browser, Visitor)
    person.browser.lend(guide.page.context)
    guide.goto(path)


def fail(guide: Guide, error: str = "NotAllowedError", button: str = BUTTON) -> None:
    """Press a passkey's button in a browser whose dialogue ends with an error."""
    guide.page.evaluate(FAILS, error)
    guide.page.locator(button).first.click()
    guide.page.locator("[data-passkey] [data-error]:visible").wait_for()


def _several(guide: Guide) -> None:
    person, laptop = owner(guide.live)
    add(person.browser, laptop, nickname="Everybody's old iPad with a rather long name")
    key = device(guide.live)
    key.verified = key.backup_eligible = key.backed_up = False
    add(person.browser, key, nickname="Key on my keyring", purpose="add_key")
    guide.live.clock.move(hours=50)
    visitor = guide.live.browser()
    visitor.sign_in(person.email)
    second_step(visitor, laptop)
    visitor.lend(guide.page.context)
    guide.goto(LIST)


def _unfolded(guide: Guide) -> None:
    _several(guide)
    for summary in guide.page.locator("main li:first-child summary").all():
        summary.click()


def _no_name(guide: Guide) -> None:
    _several(guide)
    guide.page.locator("main summary").first.click()
    guide.submit(nickname=" ")


def _owned(guide: Guide, path: str) -> None:
    lent(guide, owner(guide.live)[0], path)


def _on_by_phone(guide: Guide, path: str) -> None:
    lent(guide, guide.live.person(phone=guide.live.number()), path)


def _add_failed(guide: Guide) -> None:
    lent(guide, guide.live.person(), ADD)
    fail(guide, "InvalidStateError")


def _add_key(guide: Guide) -> None:
    lent(guide, guide.live.person(), ADD)
    guide.unfold(".ways")
    fail(guide, button=".ways [data-passkey] button")


def _step(guide: Guide, *, others: bool = False) -> None:
    person, _ = owner(guide.live)
    if others:
        set_up(person.browser)
        guide.live.clock.move(minutes=1)
    visitor = guide.live.browser()
    visitor.sign_in(person.email)
    visitor.lend(guide.page.context)
    guide.goto(STEP)


def _other_ways(guide: Guide) -> None:
    _step(guide, others=True)
    guide.unfold()


def _step_failed(guide: Guide) -> None:
    _step(guide)
    fail(guide)


def _step_skipped(guide: Guide) -> None:
    """Skip the step in a trusted browser, then open what asks for it."""
    there = guide.elsewhere("required")
    person = there.live.person(phone=there.live.number())
    person.browser.prove()
    add(person.browser, device(there.live))
    visitor = there.live.browser()
    visitor.sign_in(person.email)
    visitor.post("/verify-otp/resend", on="/verify-otp/passkey")
    visitor.post("/verify-otp", {"code": there.live.code(person.phone), "trust": "y"})
    visitor.post("/logout", on="/settings")
    assert visitor.sign_in(person.email).location == "/dashboard", "nothing was asked for"
    visitor.lend(guide.page.context)
    there.goto("/settings/2fa/disable")


def _without_twofa(guide: Guide, path: str, *, proves: bool = False) -> None:
    """Open a page with the session of somebody who has a passkey, and two-factor sign-in off."""
    person, made = guide.live.person(), device(guide.live)
    person.browser.prove()
    add(person.browser, made)
    if proves:
        prove(person.browser, made)
    assert isinstance(person.browser, Visitor)
    person.browser.lend(guide.page.context)
    guide.goto(path)


def _offer(guide: Guide) -> None:
    lent(guide, guide.live.person(), "/add-passkey")


def _offer_failed(guide: Guide) -> None:
    _on_by_phone(guide, "/add-passkey")
    fail(guide)


def _login_failed(guide: Guide) -> None:
    guide.goto("/login")
    fail(guide)


def _proof(guide: Guide, *, failed: bool = False) -> None:
    lent(guide, owner(guide.live)[0], "/confirm-identity", stale=True)
    if failed:
        fail(guide)


def _by_mail(guide: Guide, link: str, *, forgot: bool) -> None:
    """Follow an emailed link to an account that has a passkey."""
    person = guide.live.person()
    person.browser.prove()
    add(person.browser, device(guide.live))
    guide.live.post()  # or one email tells of both
    guide.live.clock.move(hours=1)
    stranger = guide.live.browser()
    if forgot:
        stranger.post("/forgot-password", {"email": person.email})
    else:
        stranger.sign_in(person.email)
    texts = [mail.text for mail in guide.live.mails(person.email) if "passkey" not in mail.text]
    guide.goto(re.findall(link, texts[-1])[0])


PASSKEY_PAGES: dict[str, PageState] = {
    "passkeys": (LIST_PAGE, lambda guide: lent(guide, guide.live.person(), LIST)),
    "passkeys-several": (LIST_PAGE, _several),
    "passkeys-unfolded": (LIST_PAGE, _unfolded),
    "passkeys-no-name": (LIST_PAGE, _no_name),
    "passkeys-twofa-off": (LIST_PAGE, lambda guide: _without_twofa(guide, LIST)),
    "passkey-turn-on": (TURN_ON_PAGE, lambda guide: _without_twofa(guide, TURN_ON)),
    "passkey-turn-on-proved": (
        TURN_ON_PAGE, lambda guide: _without_twofa(guide, TURN_ON, proves=True)
    ),
    "passkey-add": (ADD_PAGE, lambda guide: lent(guide, guide.live.person(), ADD)),
    "passkey-add-on": (ADD_PAGE, lambda guide: _on_by_phone(guide, ADD)),
    "passkey-add-exists": (ADD_PAGE, _add_failed),
    "passkey-add-key-cancelled": (ADD_PAGE, _add_key),
    "passkey-step": (STEP_PAGE, _step),
    "passkey-step-other-ways": (STEP_PAGE, _other_ways),
    "passkey-step-cancelled": (STEP_PAGE, _step_failed),
    "passkey-step-skipped": (STEP_PAGE, _step_skipped),
    "passkey-offer": (OFFER_PAGE, _offer),
    "passkey-offer-cancelled": (OFFER_PAGE, _offer_failed),
    "login-passkey-cancelled": ("login.html", _login_failed),
    "confirm-identity-passkey": ("confirm_identity.html", _proof),
    "confirm-identity-passkey-cancelled": (
        "confirm_identity.html", lambda guide: _proof(guide, failed=True)
    ),
    "2fa-passkey": ("settings/twofa.html", lambda guide: _owned(guide, "/settings/2fa")),
    "disable-passkey": (
        "settings/disable.html", lambda guide: _owned(guide, "/settings/2fa/disable")
    ),
    "reset-password-passkey": (
        "reset_password.html", lambda guide: _by_mail(guide, r"/reset-password/\S+", forgot=True)
    ),
    "wasnt-me-passkey": (
        "wasnt_me.html", lambda guide: _by_mail(guide, r"/wasnt-me/\S+", forgot=False)
    ),
    "dashboard-passkey": ("dashboard.html", lambda guide: _owned(guide, "/dashboard")),
}  # fmt: skip
