"""Pages of an account in each of their states: dashboard, settings, factors, recovery codes."""

from collections.abc import Callable

from support.browser.guide import Guide, PageState, inside
from support.browser.live import Visitor
from support.browser.other_worlds import FEW
from support.browser.states.code_pages import BAD_RECOVERY, with_app
from support.browser.states.sign_in_pages import LONG_PASSWORD, WRONG_PASSWORD
from support.site.world import Person
from support.stories.authenticator import Authenticator, scan, set_up

APP, DISABLE, EMAIL = "settings/app.html", "settings/disable.html", "settings/email.html"
CODES, TWOFA, PHONE = "/settings/2fa/recovery-codes", "settings/twofa.html", "settings/phone.html"


def lent(guide: Guide, person: Person, path: str) -> None:
    """Open a page with a person's own session, just proved."""
    person.browser.prove()
    assert isinstance(person.browser, Visitor)
    person.browser.lend(guide.page.context)
    guide.goto(path)


def _sessions(guide: Guide, *, more: int, complete: bool = False) -> None:
    cleo = guide.live.person(phone=guide.live.number())
    for _ in range(more):
        guide.live.browser().sign_in(cleo.email)
    if complete:
        guide.live.browser().sign_in_fully(cleo)
    lent(guide, cleo, "/settings/sessions")


def _few_codes_left(guide: Guide) -> None:
    dora = guide.live.person(phone=guide.live.number())
    for code in dora.recovery_codes[:7]:
        visitor = guide.live.browser()
        visitor.sign_in(dora.email)
        visitor.post("/verify-otp/recovery", {"recovery_code": code})
    visitor.lend(guide.page.context)
    guide.goto("/dashboard")


def _recovered(guide: Guide) -> None:
    dora = guide.live.person(phone=guide.live.number())
    guide.half_way(dora, "/verify-otp/recovery")
    guide.submit(recovery_code=dora.recovery_codes[0])


def _unsaved(guide: Guide, path: str, *, minutes: int = 0) -> None:
    """Turn two-factor sign-in on and leave the page of the recovery codes."""
    cleo = guide.live.person()
    app = scan(cleo.browser)
    cleo.browser.post("/settings/2fa/app", {"code": app.code()})
    guide.live.clock.move(minutes=minutes)
    lent(guide, cleo, path)


def _identity_wrong(guide: Guide) -> None:
    guide.inside(guide.bob, "/confirm-identity")
    guide.submit(password=WRONG_PASSWORD)


def _codes_shown(guide: Guide) -> None:
    guide.inside(guide.live.person(phone=guide.live.number()), CODES, proved=True)
    guide.press()


def _disable_sent(guide: Guide, *, play: str = "23", typed: str = "") -> None:
    dora = guide.live.person(phone=guide.live.number())
    guide.live.provider.script({"match": {"to": dora.phone}, "play": play})
    lent(guide, dora, "/settings/2fa/disable")
    guide.post("/settings/2fa/disable/resend")
    guide.live.settle()
    guide.page.reload()
    if typed:
        guide.submit(code=typed)


def _disable_wrong(guide: Guide, times: int = 1) -> None:
    dora = guide.live.person(phone=guide.live.number())
    lent(guide, dora, "/settings/2fa/disable")
    guide.post("/settings/2fa/disable/resend")
    for _ in range(times):
        guide.submit(code=guide.live.wrong(dora.phone))


def _new_address(guide: Guide, email: str = "new-address@example.com") -> None:
    guide.inside(guide.live.person(), "/settings/email", proved=True)
    guide.submit(email=email)


def _new_address_again(guide: Guide) -> None:
    _new_address(guide)
    guide.goto("/settings/email")


def _new_address_too_soon(guide: Guide) -> None:
    _new_address(guide)
    guide.resend()


def _new_address_own(guide: Guide, email: str) -> None:
    somebody = guide.live.person()
    lent(guide, somebody, "/settings/email")
    guide.submit(email=email or somebody.email)


def _new_address_link(guide: Guide, before: Callable[[Guide], object]) -> None:
    """Open the link to a new address after something else in this window."""
    email = f"elsewhere-{guide.live.number()[2:]}@example.com"
    _new_address(guide, email)
    before(guide)
    guide.goto(guide.live.mails(email)[-1].link)


def _stranger(guide: Guide) -> None:
    guide.page.context.clear_cookies()


def _profile(guide: Guide, first: str) -> None:
    guide.inside(guide.live.person(), "/settings/profile")
    guide.submit(first_name=first)


def _password(guide: Guide, current: str, new: str) -> None:
    guide.inside(guide.bob, "/settings/password")
    guide.submit(current_password=current, password=new)


def _deleted(guide: Guide) -> None:
    guide.inside(guide.live.person(), "/settings/delete", proved=True)
    guide.press()


def _busy(guide: Guide, path: str) -> None:
    """Open a page of somebody with more events than one page of activity has."""
    cleo = guide.live.person()
    for _ in range(9):
        guide.live.browser().sign_in(cleo.email, WRONG_PASSWORD)
        guide.live.browser().sign_in(cleo.email)
    lent(guide, cleo, path)


def in_with_app(guide: Guide, path: str) -> Authenticator:
    """Sign in with phone and app, and open a page."""
    dora, app = with_app(guide)
    lent(guide, dora, path)
    return app


def in_with_app_alone(guide: Guide, path: str) -> None:
    """Sign in with an app and no phone, and open a page."""
    cleo = guide.live.person()
    set_up(cleo.browser)
    lent(guide, cleo, path)


def removal(guide: Guide, path: str) -> None:
    """Sign in with an app and open what a page offers to remove."""
    in_with_app(guide, path)
    guide.unfold(".ways")


def _app_off(guide: Guide, path: str) -> None:
    """Open a page of an account whose app took too many wrong codes in all."""
    there = guide.elsewhere("small")
    cleo = there.live.person()
    app, _ = set_up(cleo.browser)
    visitor = there.live.browser()
    visitor.sign_in(cleo.email)
    for _ in range(FEW):
        visitor.post("/verify-otp/app", {"code": app.wrong()})
    lent(there, cleo, path)


def _set_up_wrong(guide: Guide) -> None:
    guide.inside(guide.bob, "/settings/2fa/app", proved=True)
    guide.submit(code="000000")


def _set_up_by_key(guide: Guide) -> None:
    guide.inside(guide.bob, "/settings/2fa/app", proved=True)
    guide.unfold()


def _required(guide: Guide, path: str) -> None:
    """Open a page of an account that has to set up two-factor sign-in."""
    there = guide.elsewhere("required")
    lent(there, there.live.person(), path)


def _required_sent(guide: Guide) -> None:
    _required(guide, "/settings/email")
    guide.submit(email="new-address@example.com")


ACCOUNT_PAGES: dict[str, PageState] = {
    "app": (APP, inside("bob", "/settings/2fa/app", proved=True)),
    "app-by-key": (APP, _set_up_by_key),
    "app-wrong": (APP, _set_up_wrong),
    "app-another": (APP, lambda guide: in_with_app(guide, "/settings/2fa/app")),
    "app-remove": (APP, lambda guide: removal(guide, "/settings/2fa/app")),
    "app-alone": (APP, lambda guide: in_with_app_alone(guide, "/settings/2fa/app")),
    "app-required": (APP, lambda guide: _required(guide, "/settings/2fa/app")),
    "2fa": (TWOFA, inside("ada", "/settings/2fa")),
    "2fa-off": (TWOFA, inside("bob", "/settings/2fa")),
    "2fa-app": (TWOFA, lambda guide: in_with_app(guide, "/settings/2fa")),
    "2fa-app-alone": (TWOFA, lambda guide: in_with_app_alone(guide, "/settings/2fa")),
    "2fa-app-off": (TWOFA, lambda guide: _app_off(guide, "/settings/2fa")),
    "2fa-unsaved": (TWOFA, lambda guide: _unsaved(guide, "/settings/2fa")),
    "2fa-required": (TWOFA, lambda guide: _required(guide, "/settings/2fa")),
    "disable": (DISABLE, inside("ada", "/settings/2fa/disable", proved=True)),
    "disable-sent": (DISABLE, _disable_sent),
    "disable-failed": (DISABLE, lambda guide: _disable_sent(guide, play="11")),
    "disable-wrong": (DISABLE, _disable_wrong),
    "disable-out-of-tries": (DISABLE, lambda guide: _disable_wrong(guide, 5)),
    "disable-recovery-wrong": (DISABLE, lambda guide: _disable_sent(guide, typed=BAD_RECOVERY)),
    "disable-app": (DISABLE, lambda guide: in_with_app(guide, "/settings/2fa/disable")),
    "disable-app-alone": (
        DISABLE, lambda guide: in_with_app_alone(guide, "/settings/2fa/disable")
    ),
    "recovery-codes": ("settings/recovery_codes.html", inside("ada", CODES, proved=True)),
    "recovery-codes-unsaved": (
        "settings/recovery_codes.html", lambda guide: _unsaved(guide, CODES)
    ),
    "recovery-codes-not-seen": (
        "settings/recovery_codes.html", lambda guide: _unsaved(guide, CODES, minutes=31)
    ),
    "recovery-codes-shown": ("settings/recovery_codes_shown.html", _codes_shown),
    "recovery-codes-first": (
        "settings/recovery_codes_shown.html", lambda guide: _unsaved(guide, f"{CODES}/new")
    ),
    "dashboard": ("dashboard.html", inside("ada", "/dashboard")),
    "dashboard-off": ("dashboard.html", inside("bob", "/dashboard")),
    "dashboard-app": ("dashboard.html", lambda guide: in_with_app(guide, "/dashboard")),
    "dashboard-app-off": ("dashboard.html", lambda guide: _app_off(guide, "/dashboard")),
    "dashboard-recovered": ("dashboard.html", _recovered),
    "dashboard-few-codes": ("dashboard.html", _few_codes_left),
    "dashboard-unsaved": ("dashboard.html", lambda guide: _unsaved(guide, "/dashboard")),
    "confirm-identity": ("confirm_identity.html", inside("bob", "/confirm-identity")),
    "confirm-identity-wrong": ("confirm_identity.html", _identity_wrong),
    "settings": ("settings/overview.html", inside("bob", "/settings")),
    "settings-on": ("settings/overview.html", inside("ada", "/settings")),
    "settings-app": ("settings/overview.html", lambda guide: in_with_app(guide, "/settings")),
    "settings-unsaved": ("settings/overview.html", lambda guide: _unsaved(guide, "/settings")),
    "profile": ("settings/profile.html", inside("bob", "/settings/profile")),
    "profile-saved": ("settings/profile.html", lambda guide: _profile(guide, "Ada")),
    "profile-too-long": ("settings/profile.html", lambda guide: _profile(guide, "A" * 81)),
    "sessions": ("settings/sessions.html", lambda guide: _sessions(guide, more=2, complete=True)),
    "sessions-alone": ("settings/sessions.html", lambda guide: _sessions(guide, more=0)),
    "activity": ("settings/activity.html", inside("ada", "/settings/activity")),
    "activity-empty": ("settings/activity.html", inside("bob", "/settings/activity?kind=codes")),
    "activity-full": ("settings/activity.html", lambda guide: _busy(guide, "/settings/activity")),
    "activity-older": (
        "settings/activity.html", lambda guide: _busy(guide, "/settings/activity?page=2")
    ),
    "new-address": (EMAIL, inside("bob", "/settings/email", proved=True)),
    "new-address-slip": (EMAIL, lambda guide: _new_address(guide, "eve@example")),
    "new-address-same": (EMAIL, lambda guide: _new_address_own(guide, "")),
    "new-address-again": (EMAIL, _new_address_again),
    "new-address-required": (EMAIL, lambda guide: _required(guide, "/settings/email")),
    "new-address-sent": ("settings/email_sent.html", _new_address),
    "new-address-sent-too-soon": ("settings/email_sent.html", _new_address_too_soon),
    "new-address-sent-required": ("settings/email_sent.html", _required_sent),
    "new-address-link": (
        "confirm_email.html", lambda guide: _new_address_link(guide, lambda _: None)
    ),
    "new-address-elsewhere": (
        "confirm_email_sign_in.html", lambda guide: _new_address_link(guide, _stranger)
    ),
    "new-address-other": (
        "confirm_email_sign_in.html",
        lambda guide: _new_address_link(guide, inside("bob", "/dashboard")),
    ),
    "data": ("settings/data.html", inside("bob", "/settings/data", proved=True)),
    "delete": ("settings/delete.html", inside("bob", "/settings/delete", proved=True)),
    "delete-done": ("login.html", _deleted),
    "password-change": ("settings/password.html", inside("bob", "/settings/password")),
    "password-wrong": (
        "settings/password.html", lambda guide: _password(guide, WRONG_PASSWORD, LONG_PASSWORD)
    ),
    "password-weak": (
        "settings/password.html",
        lambda guide: _password(guide, guide.bob.password, "password1234"),
    ),
}  # fmt: skip
