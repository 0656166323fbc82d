"""Pages around the sign-in in each of their states: register, reset, links, inbox."""

import re
from pathlib import Path

from support.browser.guide import Guide, PageState, at

LONG_PASSWORD = "another-heron-71-lantern"
WRONG_PASSWORD = "made-up-password-1"
EVE = "eve@example.com"


def _login_errors(guide: Guide) -> None:
    guide.goto("/login")
    guide.submit(email="")


def _login_wrong(guide: Guide) -> None:
    guide.goto("/login")
    guide.submit(email="nobody@example.com", password=WRONG_PASSWORD)


def _signed_out(guide: Guide) -> None:
    guide.inside(guide.bob, "/dashboard")
    guide.unfold("header")
    guide.post("/logout")


def _remembered(guide: Guide) -> None:
    visitor = guide.live.browser()
    fields = {"email": guide.bob.email, "password": guide.bob.password, "remember_address": "y"}
    visitor.post("/login", fields)
    visitor.post("/logout", on="/settings")
    visitor.lend(guide.page.context)
    guide.goto("/login")
    guide.page.reload()  # the notice of signing out is shown once


def _lapsed(guide: Guide) -> None:
    guide.inside(guide.bob, "/dashboard")
    guide.live.clock.move(hours=13)
    guide.goto("/settings")


def _old_form(guide: Guide) -> None:
    guide.goto("/login")
    guide.page.context.clear_cookies()
    guide.submit(email=guide.bob.email, password=guide.bob.password)


def _throttled(guide: Guide) -> None:
    visitor = guide.live.browser()
    for _ in range(10):
        visitor.sign_in("somebody@example.com", WRONG_PASSWORD)
    guide.goto("/login")
    guide.submit(email="somebody@example.com", password=WRONG_PASSWORD)


def _register(guide: Guide, password: str = LONG_PASSWORD, email: str = EVE) -> None:
    guide.goto("/register")
    guide.submit(email=email, password=password)


def _register_again(guide: Guide, *, seconds: int) -> None:
    _register(guide)
    guide.live.clock.move(seconds=seconds)
    guide.resend()


def _confirm(guide: Guide) -> None:
    _register(guide)
    guide.goto(guide.live.mails(EVE)[-1].link)


def _confirm_elsewhere(guide: Guide) -> None:
    guide.live.browser().post("/register", {"email": EVE, "password": LONG_PASSWORD})
    guide.goto(guide.live.mails(EVE)[-1].link)


def _confirm_wrong(guide: Guide) -> None:
    _confirm_elsewhere(guide)
    guide.submit(password=WRONG_PASSWORD)


def _welcome(guide: Guide) -> None:
    email = f"eve-{guide.live.number()[2:]}@example.com"
    _register(guide, email=email)
    guide.goto(guide.live.mails(email)[-1].link)
    guide.press()


def _forgot(guide: Guide, email: str) -> None:
    guide.goto("/forgot-password")
    guide.submit(email=email)


def _reset(guide: Guide, password: str = "") -> None:
    somebody = guide.live.person()
    guide.live.browser().post("/forgot-password", {"email": somebody.email})
    guide.goto(guide.live.mails(somebody.email)[-1].link)
    if password:
        guide.submit(password=password)


def _wasnt_me(guide: Guide, *, pressed: bool = False) -> None:
    somebody = guide.live.person()
    guide.live.browser().sign_in(somebody.email)
    link = re.search(r"/wasnt-me/\S+", guide.live.mails(somebody.email)[-1].text)
    assert link is not None
    guide.goto(link[0])
    if pressed:
        guide.press()


def _empty_inbox(guide: Guide) -> None:
    # Only what follows, or fifty messages of other tests make a page of yards.
    (Path(guide.live.app.instance_path) / "inbox.jsonl").unlink(missing_ok=True)
    guide.goto("/dev/inbox")


def _inbox(guide: Guide) -> None:
    _empty_inbox(guide)
    _register(guide)
    guide.live.settle()
    guide.goto("/dev/inbox")


SIGN_IN_PAGES: dict[str, PageState] = {
    "inbox": ("dev_inbox.html", _inbox),
    "inbox-empty": ("dev_inbox.html", _empty_inbox),
    "login": ("login.html", at("/login")),
    "login-to-go-on": ("login.html", at("/settings/data")),
    "login-nothing-typed": ("login.html", _login_errors),
    "login-wrong": ("login.html", _login_wrong),
    "login-signed-out": ("login.html", _signed_out),
    "login-remembered": ("login.html", _remembered),
    "login-lapsed": ("login.html", _lapsed),
    "login-old-form": ("login.html", _old_form),
    "login-throttled": ("login.html", _throttled),
    "login-shut": ("login.html", lambda guide: guide.elsewhere("shut").goto("/login")),
    "register": ("register.html", at("/register")),
    "register-weak": ("register.html", lambda guide: _register(guide, "password1234")),
    "register-nothing-typed": ("register.html", lambda guide: _register(guide, "", "")),
    "register-sent": ("link_sent.html", _register),
    "register-sent-too-soon": (
        "link_sent.html", lambda guide: _register_again(guide, seconds=0)
    ),
    "register-sent-again": ("link_sent.html", lambda guide: _register_again(guide, seconds=61)),
    "confirm-email": ("confirm_email.html", _confirm),
    "confirm-email-elsewhere": ("confirm_email.html", _confirm_elsewhere),
    "confirm-email-wrong": ("confirm_email.html", _confirm_wrong),
    "confirm-email-dead": ("dead_link.html", at("/confirm-email/made-up")),
    "confirm-email-dead-shut": (
        "dead_link.html", lambda guide: guide.elsewhere("shut").goto("/confirm-email/made-up")
    ),
    "dashboard-welcome": ("dashboard.html", _welcome),
    "forgot-password": ("forgot_password.html", at("/forgot-password")),
    "forgot-password-slip": ("forgot_password.html", lambda guide: _forgot(guide, "eve@example")),
    "forgot-password-sent": ("link_sent.html", lambda guide: _forgot(guide, EVE)),
    "reset-password": ("reset_password.html", _reset),
    "reset-password-weak": ("reset_password.html", lambda guide: _reset(guide, "password1234")),
    "reset-password-done": ("login.html", lambda guide: _reset(guide, LONG_PASSWORD)),
    "reset-password-dead": ("dead_link.html", at("/reset-password/made-up")),
    "wasnt-me": ("wasnt_me.html", _wasnt_me),
    "wasnt-me-done": ("reset_password.html", lambda guide: _wasnt_me(guide, pressed=True)),
    "wasnt-me-dead": ("dead_link.html", at("/wasnt-me/made-up")),
    "wasnt-me-dead-no-contact": (
        "dead_link.html", lambda guide: guide.elsewhere("small").goto("/wasnt-me/made-up")
    ),
    "api-docs": ("api_docs.html", at("/api/docs")),
}  # fmt: skip
