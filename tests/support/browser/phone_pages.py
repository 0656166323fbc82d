"""Pages about phone numbers in each of their states: sign-in by phone, enable, change a number."""

from support.browser.account_pages import removal
from support.browser.guide import Guide, PageState, at, inside
from support.browser.live import Visitor, enter
from support.browser.sign_in_pages import BAD_RECOVERY
from support.stories.authenticator import set_up


def _enable(guide: Guide, phone: str) -> None:
    guide.inside(guide.bob, "/settings/2fa/enable", proved=True)
    guide.fill("Phone number", phone)
    guide.press("Send a code")
    guide.live.settle()
    if guide.page.url.endswith("/confirm"):
        guide.page.reload()


def _new_phone(guide: Guide, phone: str = "") -> str:
    """Type a number that is to take the place of ada's, of this state's own ada."""
    dora = guide.live.person(phone=guide.live.number())
    guide.inside(dora, "/settings/phone", proved=True)
    guide.fill("New phone number", phone or guide.live.number())
    guide.press("Continue")
    return dora.phone


def _new_phone_sent(guide: Guide, new: str = "") -> str:
    phone = _new_phone(guide, new)
    guide.press("Send a code")
    guide.live.settle()
    guide.page.reload()
    return phone


def _new_phone_wrong(guide: Guide) -> None:
    enter(guide.page, guide.live.wrong(_new_phone_sent(guide)))


def _new_phone_recovery(guide: Guide) -> None:
    _new_phone(guide)
    guide.page.get_by_text("Don't have this phone?").click()
    guide.fill("Recovery code", BAD_RECOVERY)
    guide.press("Use a recovery code")


def _new_phone_confirm(guide: Guide, new: str = "") -> None:
    phone = _new_phone_sent(guide, new)
    with guide.page.expect_navigation():
        enter(guide.page, guide.live.code(phone))
    guide.live.settle()
    guide.page.reload()


def _new_phone_confirm_wrong(guide: Guide) -> None:
    new = guide.live.number()
    _new_phone_confirm(guide, new)
    enter(guide.page, guide.live.wrong(new))


def _phone(guide: Guide, phone: str = "") -> str:
    phone = phone or guide.live.number()
    guide.page.goto("/phone")
    guide.fill("Phone number", phone)
    guide.press("Send a code")
    guide.live.settle()
    guide.page.reload()
    return phone


def _phone_fault(guide: Guide) -> None:
    guide.page.goto("/phone")
    guide.fill("Phone number", "+1415555")
    guide.press("Send a code")


def _either(guide: Guide, field: str, button: str) -> None:
    """Type digits that are a number of Arkansas, and a Norwegian one without its plus."""
    guide.fill(field, "4792345678")
    guide.page.get_by_label("Country").select_option("US")
    guide.press(button)


def _phone_either(guide: Guide) -> None:
    guide.page.goto("/phone")
    _either(guide, "Phone number", "Send a code")


def _enable_either(guide: Guide) -> None:
    guide.inside(guide.bob, "/settings/2fa/enable", proved=True)
    _either(guide, "Phone number", "Send a code")


def _new_phone_either(guide: Guide) -> None:
    dora = guide.live.person(phone=guide.live.number())
    guide.inside(dora, "/settings/phone", proved=True)
    _either(guide, "New phone number", "Continue")


def _phone_wrong(guide: Guide) -> None:
    enter(guide.page, guide.live.wrong(_phone(guide)))


def _phone_proved(guide: Guide, phone: str = "") -> str:
    phone = _phone(guide, phone)
    with guide.page.expect_navigation():
        enter(guide.page, guide.live.code(phone))
    return phone


def _details_missing(guide: Guide) -> None:
    _phone_proved(guide)
    guide.page.evaluate("document.forms[0].noValidate = true")
    guide.press("Create an account")


def _by_phone(guide: Guide, path: str) -> None:
    _phone_proved(guide)
    guide.fill("First name", "Dora")
    guide.fill("Last name", "Lund")
    guide.fill("Email address", "dora@example.com")
    guide.press("Create an account")
    guide.page.goto(path)


def _phone_link(guide: Guide) -> None:
    _phone_proved(guide)
    guide.page.goto("/phone/link/made-up")


def _dead_link(guide: Guide) -> None:
    _phone_link(guide)
    guide.press("Continue")


def _newcomer(guide: Guide) -> tuple[Visitor, str]:
    """Make an account by phone whose address is confirmed; return its browser and number."""
    visitor, phone = guide.live.browser(), guide.live.number()
    visitor.post("/phone", {"phone": phone})
    visitor.enter(guide.live.code(phone))
    email = f"hedy-{phone[2:]}@example.com"
    visitor.post("/phone/details", {"first_name": "Hedy", "last_name": "M", "email": email})
    visitor.post(guide.live.mails(email)[-1].link)
    return visitor, phone


def _link_sent(guide: Guide) -> None:
    _, phone = _newcomer(guide)
    guide.live.clock.move(days=91)
    _phone_proved(guide, phone)


def _own_link(guide: Guide) -> None:
    _by_phone(guide, "/dashboard")
    guide.live.settle()
    guide.page.goto(guide.live.mails("dora@example.com")[-1].link)


def _by_phone_confirmed(guide: Guide, *, with_app: bool = False) -> None:
    visitor, _ = _newcomer(guide)
    if with_app:
        set_up(visitor)
    visitor.lend(guide.page.context)
    guide.page.goto("/settings/2fa")


def _link_elsewhere(guide: Guide) -> None:
    _own_link(guide)
    link = guide.page.url
    guide.page.context.clear_cookies()
    guide.page.goto(link)


def _password_next(guide: Guide) -> None:
    _phone_proved(guide, guide.live.person(phone=guide.live.number()).phone)


def _password_wrong(guide: Guide) -> None:
    _password_next(guide)
    guide.fill("Password", "made-up-password-1")
    guide.press("Continue")


PHONE_PAGES: dict[str, PageState] = {
    "enable": (
        "Turn on two-factor sign-in", inside("bob", "/settings/2fa/enable", proved=True)
    ),
    "enable-no-number": ("Turn on two-factor sign-in", lambda guide: _enable(guide, "12")),
    "enable-either": ("Turn on two-factor sign-in", _enable_either),
    "enable-code": ("Check your phone", lambda guide: _enable(guide, guide.live.number())),
    "enable-refused": ("Check your phone", lambda guide: _enable(guide, "+14155550111")),
    "new-phone": (
        "Change your phone number", inside("ada", "/settings/phone", proved=True)
    ),
    "new-phone-slip": ("Change your phone number", lambda guide: _new_phone(guide, "12")),
    "new-phone-either": ("Change your phone number", _new_phone_either),
    "new-phone-current": ("Confirm your current number", _new_phone),
    "new-phone-current-sent": ("Confirm your current number", _new_phone_sent),
    "new-phone-current-wrong": ("Confirm your current number", _new_phone_wrong),
    "new-phone-current-recovery": ("Confirm your current number", _new_phone_recovery),
    "new-phone-code": ("Check your new phone", _new_phone_confirm),
    "new-phone-code-wrong": ("Check your new phone", _new_phone_confirm_wrong),
    "new-phone-remove": (
        "Change your phone number",
        lambda guide: removal(guide, "/settings/phone", "Remove number (keep "
                                                        "authenticator app)"),
    ),
    "new-phone-by-phone": (
        "Change your phone number", lambda guide: _by_phone(guide, "/settings/phone")
    ),
    "new-address-by-phone": (
        "Your email address", lambda guide: _by_phone(guide, "/settings/email")
    ),
    "phone": ("Sign in with a phone number", at("/phone")),
    "phone-too-short": ("Sign in with a phone number", _phone_fault),
    "phone-either": ("Sign in with a phone number", _phone_either),
    "phone-code": ("Check your phone", _phone),
    "phone-code-wrong": ("Check your phone", _phone_wrong),
    "phone-details": ("Create your account", _phone_proved),
    "phone-details-missing": ("Create your account", _details_missing),
    "phone-link-sent": ("Check your email", _link_sent),
    "phone-link-dead": ("This link no longer works", _dead_link),
    "phone-link": ("Welcome back", _phone_link),
    "verify-password": ("Enter your password", _password_next),
    "verify-password-wrong": ("Enter your password", _password_wrong),
    "dashboard-by-phone": ("Hello, Dora", lambda guide: _by_phone(guide, "/dashboard")),
    "settings-by-phone": ("Settings", lambda guide: _by_phone(guide, "/settings")),
    "2fa-by-phone-confirmed": ("Two-factor sign-in", _by_phone_confirmed),
    "2fa-by-phone-app": (
        "Two-factor sign-in", lambda guide: _by_phone_confirmed(guide, with_app=True)
    ),
    "2fa-by-phone": ("Two-factor sign-in", lambda guide: _by_phone(guide, "/settings/2fa")),
    "confirm-identity-by-phone": (
        "Confirm it's you", lambda guide: _by_phone(guide, "/confirm-identity")
    ),
    "password-first": (
        "Set a password", lambda guide: _by_phone(guide, "/settings/password")
    ),
    "confirm-email-by-phone": ("Confirm your email", _own_link),
    "confirm-email-sign-in": ("Confirm your email", _link_elsewhere),
}  # fmt: skip
