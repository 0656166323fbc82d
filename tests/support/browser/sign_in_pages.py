"""Pages around the sign-in in each of their states: register, reset, second step, links."""

import re
from pathlib import Path

from support.browser.guide import Guide, PageState, at
from support.browser.live import enter, sign_in
from support.site.world import Person
from support.stories.authenticator import Authenticator, set_up

BAD_RECOVERY = "03-BPVM-CM63-EHF7-NBJX"
LONG_PASSWORD = "another-heron-71-lantern"


def _login_errors(guide: Guide) -> None:
    guide.page.goto("/login")
    # The browser's own checks are off, so that the server's show.
    guide.page.evaluate("document.forms[0].noValidate = true")
    guide.press("Sign in")


def _login_wrong(guide: Guide) -> None:
    guide.page.goto("/login")
    sign_in(guide.page, "nobody@example.com", "made-up-password-1")


def _signed_out(guide: Guide) -> None:
    guide.inside(guide.bob, "/dashboard")
    guide.press("Sign out")


def _register(guide: Guide, password: str = LONG_PASSWORD) -> None:
    guide.page.goto("/register")
    guide.fill("Email address", "eve@example.com")
    guide.fill("Password", password)
    guide.press("Create an account")


def _confirm(guide: Guide) -> None:
    _register(guide)
    guide.page.goto(guide.live.mails("eve@example.com")[-1].link)


def _confirm_elsewhere(guide: Guide) -> None:
    visitor = guide.live.browser()
    visitor.post("/register", {"email": "eve@example.com", "password": LONG_PASSWORD})
    guide.page.goto(guide.live.mails("eve@example.com")[-1].link)


def _confirm_wrong(guide: Guide) -> None:
    _confirm_elsewhere(guide)
    guide.fill("Password", "made-up-password-1")
    guide.press("Confirm email")


def _forgot(guide: Guide, email: str) -> None:
    guide.page.goto("/forgot-password")
    guide.page.evaluate("document.forms[0].noValidate = true")
    guide.fill("Email address", email)
    guide.press("Send reset link")


def _reset(guide: Guide, password: str = "") -> None:
    somebody = guide.live.person()
    guide.live.browser().post("/forgot-password", {"email": somebody.email})
    guide.page.goto(guide.live.mails(somebody.email)[-1].link)
    if password:
        guide.fill("New password", password)
        guide.press("Save new password")


def _wasnt_me(guide: Guide, button: str = "") -> None:
    somebody = guide.live.person()
    guide.live.browser().sign_in(somebody.email)
    link = re.search(r"/wasnt-me/\S+", guide.live.mails(somebody.email)[-1].text)
    assert link is not None
    guide.page.goto(link[0])
    if button:
        guide.press(button)


def _refused(guide: Guide) -> None:
    guide.live.provider.script({"match": {"to": guide.ada.phone}, "play": "11"})
    guide.half_way()


def _unsure(guide: Guide) -> None:
    guide.live.provider.script({"match": {"to": guide.ada.phone}, "play": "47"})
    guide.half_way()


def _queued(guide: Guide) -> None:
    guide.live.provider.script({"match": {"to": guide.ada.phone}, "play": "30"})
    guide.half_way()


def _expired(guide: Guide) -> None:
    guide.half_way()
    guide.live.clock.move(minutes=6)
    guide.page.reload()


def _too_soon(guide: Guide) -> None:
    guide.half_way()
    guide.page.evaluate("document.getElementById('resend').submit()")
    guide.page.wait_for_url("**/resend")


def _one_try_left(guide: Guide) -> None:
    guide.wrong(4)
    guide.page.goto("/verify-otp")


def _turned_on_elsewhere(guide: Guide) -> None:
    cleo = guide.live.person()
    here = guide.live.browser()
    here.sign_in_fully(cleo)
    cleo.browser.turn_on(guide.live.number())
    here.lend(guide.page.context)
    guide.page.goto("/verify-otp")


def _old_form(guide: Guide) -> None:
    guide.page.goto("/login")
    guide.page.context.clear_cookies()
    sign_in(guide.page, guide.bob.email)


def _throttled(guide: Guide) -> None:
    visitor = guide.live.browser()
    for _ in range(10):
        visitor.sign_in("somebody@example.com", "made-up-password-1")
    guide.page.goto("/login")
    sign_in(guide.page, "somebody@example.com", "made-up-password-1")


def _inbox(guide: Guide) -> None:
    # Only what follows, or fifty messages of other tests make a page of yards.
    (Path(guide.live.app.instance_path) / "inbox.jsonl").unlink(missing_ok=True)
    _register(guide)
    guide.live.settle()
    guide.page.goto("/dev/inbox")


def _recovery(guide: Guide) -> None:
    guide.half_way()
    guide.page.goto("/verify-otp/recovery")


def _recovery_wrong(guide: Guide) -> None:
    _recovery(guide)
    guide.fill("Recovery code", BAD_RECOVERY)
    guide.press("Continue")


def _all_lost(guide: Guide) -> None:
    _recovery(guide)
    guide.page.get_by_text("Lost your phone and recovery codes?").click()


def with_app(guide: Guide) -> tuple[Person, Authenticator]:
    """Make an account with phone and app; return it and the app, whose next code is new."""
    dora = guide.live.person(phone=guide.live.number())
    app, _ = set_up(dora.browser)
    guide.live.clock.move(minutes=1)
    return dora, app


def _app(guide: Guide, *, wrong: int = 0) -> None:
    dora, app = with_app(guide)
    visitor = guide.live.browser()
    visitor.sign_in(dora.email)
    for _ in range(wrong - 1):
        visitor.post("/verify-otp/app", {"code": app.wrong()})
    visitor.lend(guide.page.context)
    guide.page.goto("/verify-otp/app")
    if wrong:
        enter(guide.page, app.wrong())


def _other_ways(guide: Guide) -> None:
    _app(guide)
    guide.page.get_by_text("Try another way").click()


def _app_beside_a_code(guide: Guide) -> None:
    _other_ways(guide)
    guide.press("Send a code by text message")


SIGN_IN_PAGES: dict[str, PageState] = {
    "inbox": ("Development inbox", _inbox),
    "login": ("Sign in", at("/login")),
    "login-nothing-typed": ("Sign in", _login_errors),
    "login-wrong": ("Sign in", _login_wrong),
    "login-signed-out": ("Sign in", _signed_out),
    "login-old-form": ("Sign in", _old_form),
    "login-throttled": ("Sign in", _throttled),
    "register": ("Create an account", at("/register")),
    "register-weak": ("Create an account", lambda guide: _register(guide, "password1234")),
    "register-sent": ("Check your email", _register),
    "confirm-email": ("Confirm your email", _confirm),
    "confirm-email-elsewhere": ("Confirm your email", _confirm_elsewhere),
    "confirm-email-wrong": ("Confirm your email", _confirm_wrong),
    "confirm-email-dead": ("This link no longer works", at("/confirm-email/made-up")),
    "forgot-password": ("Forgot your password?", at("/forgot-password")),
    "forgot-password-slip": (
        "Forgot your password?", lambda guide: _forgot(guide, "eve@example")
    ),
    "forgot-password-sent": (
        "Check your email", lambda guide: _forgot(guide, "eve@example.com")
    ),
    "reset-password": ("Choose a new password", _reset),
    "reset-password-weak": (
        "Choose a new password", lambda guide: _reset(guide, "password1234")
    ),
    "reset-password-done": ("Sign in", lambda guide: _reset(guide, LONG_PASSWORD)),
    "reset-password-dead": ("This link no longer works", at("/reset-password/made-up")),
    "wasnt-me": ("Secure your account", _wasnt_me),
    "wasnt-me-done": (
        "Choose a new password", lambda guide: _wasnt_me(guide, "Secure my account")
    ),
    "wasnt-me-dead": ("This link no longer works", at("/wasnt-me/made-up")),
    "verify-otp": ("Check your phone", Guide.half_way),
    "verify-otp-queued": ("Check your phone", _queued),
    "verify-otp-refused": ("Check your phone", _refused),
    "verify-otp-unsure": ("Check your phone", _unsure),
    "verify-otp-expired": ("Check your phone", _expired),
    "verify-otp-wrong": ("Check your phone", Guide.wrong),
    "verify-otp-too-soon": ("Check your phone", _too_soon),
    "verify-otp-one-try-left": ("Check your phone", _one_try_left),
    "verify-otp-out-of-tries": ("Check your phone", lambda guide: guide.wrong(5)),
    "verify-otp-nothing-sent": ("Check your phone", _turned_on_elsewhere),
    "verify-app": ("Enter the code from your authenticator app", _app),
    "verify-app-other-ways": ("Enter the code from your authenticator app", _other_ways),
    "verify-app-wrong": (
        "Enter the code from your authenticator app", lambda guide: _app(guide, wrong=1)
    ),
    "verify-app-out-of-tries": (
        "Enter the code from your authenticator app", lambda guide: _app(guide, wrong=5)
    ),
    "verify-otp-beside-app": ("Check your phone", _app_beside_a_code),
    "recovery": ("Use a recovery code", _recovery),
    "recovery-lost": ("Use a recovery code", _all_lost),
    "recovery-wrong": ("Use a recovery code", _recovery_wrong),
    "api-docs": ("API", at("/api/docs")),
    "not-found": ("Page not found", at("/made-up")),
}  # fmt: skip
