"""Pages of an account in each of their states: dashboard, settings, app, recovery codes, data."""

from support.browser.guide import Guide, PageState, inside
from support.browser.live import Visitor
from support.browser.sign_in_pages import with_app

BAD_NAME = "A" * 81


def _sessions(guide: Guide) -> None:
    for _ in range(2):
        guide.live.browser().sign_in(guide.ada.email)
    guide.inside(guide.ada, "/settings/sessions")


def _few_codes_left(guide: Guide) -> None:
    dora = guide.live.person(phone=guide.live.number())
    assert dora.recovery_codes is not None
    for code in dora.recovery_codes[:7]:
        visitor = guide.live.browser()
        visitor.sign_in(dora.email)
        visitor.post("/verify-otp/recovery", {"recovery_code": code})
    visitor.lend(guide.page.context)
    guide.page.goto("/dashboard")


def _identity_wrong(guide: Guide) -> None:
    guide.inside(guide.bob, "/confirm-identity")
    guide.fill("Password", "made-up-password-1")
    guide.press("Continue")


def _codes_shown(guide: Guide) -> None:
    guide.inside(guide.ada, "/settings/2fa/recovery-codes", proved=True)
    guide.press("Create new codes")


def _disable_sent(guide: Guide) -> None:
    guide.inside(guide.ada, "/settings/2fa/disable", proved=True)
    guide.press("Send a code")


def _disable_wrong(guide: Guide) -> None:
    _disable_sent(guide)
    guide.fill("Code or recovery code", guide.live.wrong(guide.ada.phone))
    guide.press("Turn off")


def _new_address(guide: Guide, email: str) -> None:
    guide.inside(guide.live.person(), "/settings/email", proved=True)
    guide.page.evaluate("document.forms[1].noValidate = true")
    guide.fill("New email address", email)
    guide.press("Send reset link")


def _new_address_again(guide: Guide) -> None:
    _new_address(guide, "new-address@example.com")
    guide.page.goto("/settings/email")


def _new_address_elsewhere(guide: Guide, *, signed_in: bool) -> None:
    email = f"elsewhere-{guide.live.number()[2:]}@example.com"
    _new_address(guide, email)
    link = guide.live.mails(email)[-1].link
    guide.page.context.clear_cookies()
    if signed_in:
        guide.inside(guide.bob, "/dashboard")
    guide.page.goto(link)


def _profile(guide: Guide, first: str) -> None:
    guide.inside(guide.bob, "/settings/profile")
    guide.fill("First name (optional)", first)
    guide.press("Save")


def _deleted(guide: Guide) -> None:
    guide.inside(guide.live.person(), "/settings/delete", proved=True)
    guide.press("Delete my account")


def _recovered(guide: Guide) -> None:
    dora = guide.live.person(phone=guide.live.number())
    guide.live.half_way(guide.page.context, dora)
    guide.page.goto("/verify-otp/recovery")
    assert dora.recovery_codes is not None
    guide.fill("Recovery code", dora.recovery_codes[0])
    guide.press("Continue")


def _in_with_app(guide: Guide, path: str) -> None:
    dora, _ = with_app(guide)
    dora.browser.prove()
    assert isinstance(dora.browser, Visitor)
    dora.browser.lend(guide.page.context)
    guide.page.goto(path)


def removal(guide: Guide, path: str, offer: str) -> None:
    """Sign in with an app and open what a page offers to remove."""
    _in_with_app(guide, path)
    guide.page.get_by_text(offer).click()


def _set_up_wrong(guide: Guide) -> None:
    guide.inside(guide.bob, "/settings/2fa/app", proved=True)
    guide.fill("Code from your app", "000000")
    guide.press("Set up")


def _set_up_by_key(guide: Guide) -> None:
    guide.inside(guide.bob, "/settings/2fa/app", proved=True)
    guide.page.get_by_text("Can't scan the code?").click()


ACCOUNT_PAGES: dict[str, PageState] = {
    "app": ("Set up an authenticator app", inside("bob", "/settings/2fa/app", proved=True)),
    "app-by-key": ("Set up an authenticator app", _set_up_by_key),
    "app-wrong": ("Set up an authenticator app", _set_up_wrong),
    "app-another": (
        "Replace your authenticator app",
        lambda guide: _in_with_app(guide, "/settings/2fa/app"),
    ),
    "app-remove": (
        "Replace your authenticator app",
        lambda guide: removal(guide, "/settings/2fa/app", "Remove this app and use text "
                                                          "messages"),
    ),
    "2fa-app": ("Two-factor sign-in", lambda guide: _in_with_app(guide, "/settings/2fa")),
    "dashboard-app": ("Hello", lambda guide: _in_with_app(guide, "/dashboard")),
    "disable-app": (
        "Turn off two-factor sign-in",
        lambda guide: _in_with_app(guide, "/settings/2fa/disable"),
    ),
    "dashboard": ("Hello", inside("ada", "/dashboard")),
    "dashboard-off": ("Hello", inside("bob", "/dashboard")),
    "dashboard-recovered": ("Hello", _recovered),
    "dashboard-few-codes": ("Hello", _few_codes_left),
    "confirm-identity": ("Confirm it's you", inside("bob", "/confirm-identity")),
    "confirm-identity-wrong": ("Confirm it's you", _identity_wrong),
    "settings": ("Settings", inside("bob", "/settings")),
    "settings-on": ("Settings", inside("ada", "/settings")),
    "settings-app": ("Settings", lambda guide: _in_with_app(guide, "/settings")),
    "profile-saved": ("Your name", lambda guide: _profile(guide, "Ada")),
    "profile-too-long": ("Your name", lambda guide: _profile(guide, BAD_NAME)),
    "sessions": ("Signed-in devices", _sessions),
    "activity": ("Activity", inside("ada", "/settings/activity")),
    "2fa": ("Two-factor sign-in", inside("ada", "/settings/2fa")),
    "2fa-off": ("Two-factor sign-in", inside("bob", "/settings/2fa")),
    "recovery-codes": (
        "Recovery codes", inside("ada", "/settings/2fa/recovery-codes", proved=True)
    ),
    "recovery-codes-shown": ("Your new recovery codes", _codes_shown),
    "disable": (
        "Turn off two-factor sign-in", inside("ada", "/settings/2fa/disable", proved=True)
    ),
    "disable-sent": ("Turn off two-factor sign-in", _disable_sent),
    "disable-wrong": ("Turn off two-factor sign-in", _disable_wrong),
    "new-address": (
        "Change your email address", inside("bob", "/settings/email", proved=True)
    ),
    "new-address-slip": (
        "Change your email address", lambda guide: _new_address(guide, "eve@example")
    ),
    "new-address-sent": (
        "Check your email", lambda guide: _new_address(guide, "new-address@example.com")
    ),
    "new-address-again": ("Change your email address", _new_address_again),
    "new-address-elsewhere": (
        "Confirm your email", lambda guide: _new_address_elsewhere(guide, signed_in=False)
    ),
    "new-address-other": (
        "Confirm your email", lambda guide: _new_address_elsewhere(guide, signed_in=True)
    ),
    "data": ("Your data", inside("bob", "/settings/data", proved=True)),
    "delete": ("Delete your account", inside("bob", "/settings/delete", proved=True)),
    "delete-done": ("Sign in", _deleted),
    "password-change": ("Change your password", inside("bob", "/settings/password")),
}  # fmt: skip
