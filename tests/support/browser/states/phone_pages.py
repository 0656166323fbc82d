"""Pages about phone numbers in each of their states: sign-in by phone, enable, change a number."""

from support.browser.guide import Guide, PageState, at, inside
from support.browser.live import Visitor
from support.browser.states.account_pages import PHONE, TWOFA, in_with_app_alone, lent, removal
from support.browser.states.code_pages import BAD_RECOVERY
from support.browser.states.sign_in_pages import WRONG_PASSWORD
from support.stories.authenticator import set_up

CODE, CURRENT, DETAILS = "verify_otp.html", "settings/phone_current.html", "phone_details.html"
ENABLE = "settings/enable.html"
EITHER = "4792345678"
"""Digits that are a number of Arkansas, and a Norwegian one without its plus."""


def _shown(guide: Guide) -> None:
    """Show the page again once the message is sent."""
    guide.live.settle()
    guide.page.reload()


def _enable(guide: Guide, phone: str = "") -> str:
    phone = phone or guide.live.number()
    lent(guide, guide.live.person(), "/settings/2fa/enable")
    guide.submit(phone=phone)
    if guide.page.url.endswith("/confirm"):
        _shown(guide)
    return phone


def _enable_wrong(guide: Guide, times: int = 1) -> None:
    phone = _enable(guide)
    for _ in range(times):
        guide.submit(code=guide.live.wrong(phone))


def _enable_required(guide: Guide, *, sent: bool = False) -> None:
    there = guide.elsewhere("required")
    lent(there, there.live.person(), "/settings/2fa/enable")
    if sent:
        there.submit(phone=there.live.number())
        _shown(there)


def _new_phone(guide: Guide, phone: str = "") -> str:
    """Type a number that is to take the place of dora's; return hers."""
    dora = guide.live.person(phone=guide.live.number())
    guide.inside(dora, "/settings/phone", proved=True)
    guide.submit(phone=phone or guide.live.number())
    return dora.phone


def _new_phone_sent(guide: Guide, new: str = "") -> str:
    phone = _new_phone(guide, new)
    guide.press()
    _shown(guide)
    return phone


def _new_phone_failed(guide: Guide) -> None:
    phone = _new_phone(guide)
    guide.live.provider.script({"match": {"to": phone}, "play": "11"})
    guide.press()
    _shown(guide)


def _new_phone_wrong(guide: Guide, times: int = 1) -> None:
    phone = _new_phone_sent(guide)
    for _ in range(times):
        guide.submit(code=guide.live.wrong(phone))


def _new_phone_recovery(guide: Guide) -> None:
    _new_phone(guide)
    guide.unfold()
    guide.submit(recovery_code=BAD_RECOVERY)


def _new_phone_confirm(guide: Guide, new: str = "") -> None:
    phone = _new_phone_sent(guide, new)
    guide.submit(code=guide.live.code(phone))
    _shown(guide)


def _new_phone_confirm_wrong(guide: Guide) -> None:
    new = guide.live.number()
    _new_phone_confirm(guide, new)
    guide.submit(code=guide.live.wrong(new))


def _phone(guide: Guide, phone: str = "") -> str:
    phone = phone or guide.live.number()
    guide.goto("/phone")
    guide.submit(phone=phone)
    if "/verify" in guide.page.url:
        _shown(guide)
    return phone


def _either(guide: Guide) -> None:
    """Type digits that may be either of two numbers."""
    guide.page.locator("[name=country]").select_option("US")
    guide.submit(phone=EITHER)


def _phone_either(guide: Guide) -> None:
    guide.goto("/phone")
    _either(guide)


def _enable_either(guide: Guide) -> None:
    guide.inside(guide.bob, "/settings/2fa/enable", proved=True)
    _either(guide)


def _new_phone_either(guide: Guide) -> None:
    guide.inside(guide.ada, "/settings/phone", proved=True)
    _either(guide)


def _phone_wrong(guide: Guide, times: int = 1) -> None:
    phone = _phone(guide)
    for _ in range(times):
        guide.submit(code=guide.live.wrong(phone))


def _phone_expired(guide: Guide) -> None:
    _phone(guide)
    guide.live.clock.move(minutes=6)
    guide.page.reload()


def _proved(guide: Guide, phone: str = "") -> str:
    phone = _phone(guide, phone)
    guide.submit(code=guide.live.code(phone))
    return phone


def _details_missing(guide: Guide) -> None:
    _proved(guide)
    guide.submit(email="")


def _by_phone(guide: Guide, path: str) -> None:
    _proved(guide)
    guide.submit(first_name="Dora", last_name="Lund", email="dora@example.com")
    guide.goto(path)


def _by_phone_new(guide: Guide) -> None:
    _by_phone(guide, "/settings/phone")
    guide.submit(phone=guide.live.number())


def _identity_by_phone(guide: Guide) -> None:
    _by_phone(guide, "/dashboard")
    guide.live.clock.move(minutes=11)
    guide.goto("/settings/data")


def _phone_link(guide: Guide) -> None:
    _proved(guide)
    guide.goto("/phone/link/made-up")


def _dead_link(guide: Guide) -> None:
    _phone_link(guide)
    guide.press()


def _newcomer(guide: Guide) -> tuple[Visitor, str]:
    """Make an account by phone whose address is confirmed; return its browser and number."""
    visitor, phone = guide.live.browser(), guide.live.number()
    visitor.post("/phone", {"phone": phone})
    visitor.enter(guide.live.code(phone))
    email = f"hedy-{phone[2:]}@example.com"
    visitor.post("/phone/details", {"first_name": "Hedy", "last_name": "M", "email": email})
    visitor.post(guide.live.mails(email)[-1].link)
    return visitor, phone


def _link_sent(guide: Guide, *, again: bool = False) -> None:
    _, phone = _newcomer(guide)
    guide.live.clock.move(days=91)
    _proved(guide, phone)
    guide.unfold()
    if again:
        guide.resend()


def _own_link(guide: Guide) -> None:
    _by_phone(guide, "/dashboard")
    guide.live.settle()
    guide.goto(guide.live.mails("dora@example.com")[-1].link)


def _confirmed(guide: Guide, path: str, *, with_app: bool = False) -> None:
    visitor, _ = _newcomer(guide)
    if with_app:
        set_up(visitor)
    visitor.lend(guide.page.context)
    guide.goto(path)


def _link_elsewhere(guide: Guide) -> None:
    _own_link(guide)
    link = guide.page.url
    guide.page.context.clear_cookies()
    guide.goto(link)


def _password_next(guide: Guide, path: str = "", *, with_app: bool = False) -> None:
    dora = guide.live.person(phone=guide.live.number())
    if with_app:
        set_up(dora.browser)
    _proved(guide, dora.phone)
    if path:
        guide.goto(path)


def _password_wrong(guide: Guide) -> None:
    _password_next(guide)
    guide.submit(password=WRONG_PASSWORD)


def _small(guide: Guide, phone: str = "") -> None:
    there = guide.elsewhere("small")
    if phone:
        _phone(there, phone)
    else:
        there.goto("/phone")


def _add_number(guide: Guide) -> None:
    in_with_app_alone(guide, "/settings/2fa/enable")


PHONE_PAGES: dict[str, PageState] = {
    "enable": (ENABLE, inside("bob", "/settings/2fa/enable", proved=True)),
    "enable-no-number": (ENABLE, lambda guide: _enable(guide, "12")),
    "enable-either": (ENABLE, _enable_either),
    "enable-add": (ENABLE, _add_number),
    "enable-required": (ENABLE, _enable_required),
    "enable-code": (CODE, _enable),
    "enable-refused": (CODE, lambda guide: _enable(guide, "+14155550111")),
    "enable-wrong": (CODE, _enable_wrong),
    "enable-out-of-tries": (CODE, lambda guide: _enable_wrong(guide, 5)),
    "enable-code-required": (CODE, lambda guide: _enable_required(guide, sent=True)),
    "new-phone": (PHONE, inside("ada", "/settings/phone", proved=True)),
    "new-phone-slip": (PHONE, lambda guide: _new_phone(guide, "12")),
    "new-phone-either": (PHONE, _new_phone_either),
    "new-phone-remove": (PHONE, lambda guide: removal(guide, "/settings/phone")),
    "new-phone-by-phone": (PHONE, lambda guide: _by_phone(guide, "/settings/phone")),
    "new-phone-current": (CURRENT, _new_phone),
    "new-phone-current-sent": (CURRENT, _new_phone_sent),
    "new-phone-current-failed": (CURRENT, _new_phone_failed),
    "new-phone-current-wrong": (CURRENT, _new_phone_wrong),
    "new-phone-current-out-of-tries": (CURRENT, lambda guide: _new_phone_wrong(guide, 5)),
    "new-phone-current-recovery": (CURRENT, _new_phone_recovery),
    "new-phone-code": (CODE, _new_phone_confirm),
    "new-phone-code-wrong": (CODE, _new_phone_confirm_wrong),
    "new-phone-code-by-phone": (CODE, _by_phone_new),
    "phone": ("phone.html", at("/phone")),
    "phone-known-only": ("phone.html", _small),
    "phone-too-short": ("phone.html", lambda guide: _phone(guide, "+1415555")),
    "phone-either": ("phone.html", _phone_either),
    "phone-code": (CODE, _phone),
    "phone-code-known-only": (CODE, lambda guide: _small(guide, guide.live.number())),
    "phone-code-refused": (CODE, lambda guide: _phone(guide, "+14155550111")),
    "phone-code-expired": (CODE, _phone_expired),
    "phone-code-wrong": (CODE, _phone_wrong),
    "phone-code-out-of-tries": (CODE, lambda guide: _phone_wrong(guide, 5)),
    "phone-details": (DETAILS, _proved),
    "phone-details-missing": (DETAILS, _details_missing),
    "phone-link-sent": ("phone_link_sent.html", _link_sent),
    "phone-link-sent-too-soon": (
        "phone_link_sent.html", lambda guide: _link_sent(guide, again=True)
    ),
    "phone-link": ("phone_link.html", _phone_link),
    "phone-link-dead": ("dead_link.html", _dead_link),
    "verify-password": ("verify_password.html", _password_next),
    "verify-password-app": (
        "verify_password.html",
        lambda guide: _password_next(guide, "/verify-password", with_app=True),
    ),
    "verify-password-wrong": ("verify_password.html", _password_wrong),
    "verify-app-by-phone": (
        "verify_app.html",
        lambda guide: _password_next(guide, "/verify-otp/app", with_app=True),
    ),
    "recovery-by-phone": (
        "verify_recovery.html", lambda guide: _password_next(guide, "/verify-otp/recovery")
    ),
    "dashboard-by-phone": ("dashboard.html", lambda guide: _by_phone(guide, "/dashboard")),
    "settings-by-phone": ("settings/overview.html", lambda guide: _by_phone(guide, "/settings")),
    "2fa-by-phone": (TWOFA, lambda guide: _by_phone(guide, "/settings/2fa")),
    "2fa-by-phone-confirmed": (TWOFA, lambda guide: _confirmed(guide, "/settings/2fa")),
    "2fa-by-phone-app": (
        TWOFA, lambda guide: _confirmed(guide, "/settings/2fa", with_app=True)
    ),
    "disable-by-phone": (
        "settings/disable.html",
        lambda guide: _confirmed(guide, "/settings/2fa/disable", with_app=True),
    ),
    "new-address-by-phone": (
        "settings/email.html", lambda guide: _by_phone(guide, "/settings/email")
    ),
    "confirm-identity-by-phone": (CODE, _identity_by_phone),
    "password-first": (
        "settings/password.html", lambda guide: _by_phone(guide, "/settings/password")
    ),
    "confirm-email-by-phone": ("confirm_email.html", _own_link),
    "confirm-email-sign-in": ("confirm_email_sign_in.html", _link_elsewhere),
}  # fmt: skip
