"""Every page in each of its states, and how to open it."""

from support.browser.account_pages import ACCOUNT_PAGES
from support.browser.guide import PageState
from support.browser.phone_pages import PHONE_PAGES
from support.browser.sign_in_pages import SIGN_IN_PAGES

from support.browser.guide import Guide
from support.browser.live import enter, sign_in
from support.site.world import Browser, Person
from support.stories.authenticator import Authenticator, set_up

BAD_NAME = "A" * 81
BAD_RECOVERY = "03-BPVM-CM63-EHF7-NBJX"
LONG_PASSWORD = "another-heron-71-lantern"


def _login_errors(guide: Guide) -> None:
    guide.page.goto("/login")
    # The browser's own validation is off, so that the server's errors show.
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
    guide.fill("E-mail address", "eve@example.com")
    guide.fill("Password", password)
    guide.press("Make an account")


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
    guide.press("Confirm address")


def _forgot(guide: Guide, email: str) -> None:
    guide.page.goto("/forgot-password")
    guide.page.evaluate("document.forms[0].noValidate = true")
    guide.fill("E-mail address", email)
    guide.press("Send the link")


def _reset(guide: Guide, password: str = "") -> None:
    somebody = guide.live.person()
    guide.live.browser().post("/forgot-password", {"email": somebody.email})
    guide.page.goto(guide.live.mails(somebody.email)[-1].link)
    if password:
        guide.fill("New password", password)
        guide.press("Set the password")


def _wasnt_me(guide: Guide, button: str = "") -> None:
    somebody = guide.live.person()
    guide.live.browser().sign_in(somebody.email)
    link = re.search(r"/wasnt-me/\S+", guide.live.mails(somebody.email)[-1].text)[0]
    guide.page.goto(link)
    if button:
        guide.press(button)


def _sessions(guide: Guide) -> None:
    for _ in range(2):
        guide.live.browser().sign_in(guide.ada.email)
    guide.inside(guide.ada, "/settings/sessions")


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


def _few_codes_left(guide: Guide) -> None:
    dora = guide.live.person(phone=guide.live.number())
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


def _enable(guide: Guide, phone: str) -> None:
    guide.inside(guide.bob, "/settings/2fa/enable", proved=True)
    guide.fill("Phone number", phone)
    guide.press("Send a code")
    guide.live.settle()
    if guide.page.url.endswith("/confirm"):
        guide.page.reload()


def _codes_shown(guide: Guide) -> None:
    guide.inside(guide.ada, "/settings/2fa/recovery-codes", proved=True)
    guide.press("Make new ones")


def _disable_sent(guide: Guide) -> None:
    guide.inside(guide.ada, "/settings/2fa/disable", proved=True)
    guide.press("Send a code")


def _disable_wrong(guide: Guide) -> None:
    _disable_sent(guide)
    guide.fill("Code or recovery code", guide.live.wrong(guide.ada.phone))
    guide.press("Turn off")


def _new_phone(guide: Guide, phone: str = "") -> str:
    """Enter a new number for an ada of this state only; return her current number."""
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
    guide.page.get_by_text("That phone isn't at hand?").click()
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


def _new_address(guide: Guide, email: str) -> None:
    guide.inside(guide.live.person(), "/settings/email", proved=True)
    guide.page.evaluate("document.forms[1].noValidate = true")
    guide.fill("New e-mail address", email)
    guide.press("Send the link")


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
    # Only later messages: fifty messages of other tests would make a very long page.
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
    guide.page.get_by_text("Phone and recovery codes lost?").click()


def _recovered(guide: Guide) -> None:
    dora = guide.live.person(phone=guide.live.number())
    guide.live.half_way(guide.page.context, dora)
    guide.page.goto("/verify-otp/recovery")
    guide.fill("Recovery code", dora.recovery_codes[0])
    guide.press("Continue")


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
    """Enter digits that are a number of Arkansas, or a Norwegian one without its plus."""
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
    guide.press("Make an account")


def _by_phone(guide: Guide, path: str) -> None:
    _phone_proved(guide)
    guide.fill("First name", "Dora")
    guide.fill("Last name", "Lund")
    guide.fill("E-mail address", "dora@example.com")
    guide.press("Make an account")
    guide.page.goto(path)


def _phone_link(guide: Guide) -> None:
    _phone_proved(guide)
    guide.page.goto("/phone/link/made-up")


def _dead_link(guide: Guide) -> None:
    _phone_link(guide)
    guide.press("Continue")


def _newcomer(guide: Guide) -> tuple[Browser, str]:
    """Create an account by phone with a confirmed address; return its browser and number."""
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


def _with_app(guide: Guide) -> tuple[Person, Authenticator]:
    dora = guide.live.person(phone=guide.live.number())
    app, _ = set_up(dora.browser)
    guide.live.clock.move(minutes=1)
    return dora, app


def _app(guide: Guide, *, wrong: int = 0) -> None:
    dora, app = _with_app(guide)
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


def _in_with_app(guide: Guide, path: str) -> None:
    dora, _ = _with_app(guide)
    dora.browser.prove()
    dora.browser.lend(guide.page.context)
    guide.page.goto(path)


def _removal(guide: Guide, path: str, offer: str) -> None:
    _in_with_app(guide, path)
    guide.page.get_by_text(offer).click()


def _set_up_wrong(guide: Guide) -> None:
    guide.inside(guide.bob, "/settings/2fa/app", proved=True)
    guide.fill("Code from the app", "000000")
    guide.press("Set up")


def _set_up_by_key(guide: Guide) -> None:
    guide.inside(guide.bob, "/settings/2fa/app", proved=True)
    guide.page.get_by_text("Can't scan it?").click()


def _at(path: str) -> Callable[[Guide], object]:
    return lambda guide: guide.page.goto(path)


def _inside(who: str, path: str, *, proved: bool = False) -> Callable[[Guide], None]:
    return lambda guide: guide.inside(getattr(guide, who), path, proved=proved)


PAGES: dict[str, tuple[str, Callable[[Guide], object]]] = {
    "inbox": ("Development inbox", _inbox),
    "login": ("Sign in", _at("/login")),
    "login-nothing-typed": ("Sign in", _login_errors),
    "login-wrong": ("Sign in", _login_wrong),
    "login-signed-out": ("Sign in", _signed_out),
    "login-old-form": ("Sign in", _old_form),
    "login-throttled": ("Sign in", _throttled),
    "register": ("Make an account", _at("/register")),
    "register-weak": ("Make an account", lambda guide: _register(guide, "password1234")),
    "register-sent": ("Check your email", _register),
    "confirm-email": ("Confirm your address", _confirm),
    "confirm-email-elsewhere": ("Confirm your address", _confirm_elsewhere),
    "confirm-email-wrong": ("Confirm your address", _confirm_wrong),
    "confirm-email-dead": ("This link no longer works", _at("/confirm-email/made-up")),
    "forgot-password": ("Forgot your password?", _at("/forgot-password")),
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
    "reset-password-dead": ("This link no longer works", _at("/reset-password/made-up")),
    "wasnt-me": ("This wasn't you?", _wasnt_me),
    "wasnt-me-done": (
        "Choose a new password", lambda guide: _wasnt_me(guide, "It wasn't me: end everything")
    ),
    "wasnt-me-dead": ("This link no longer works", _at("/wasnt-me/made-up")),
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
    "verify-app": ("Open your authenticator app", _app),
    "verify-app-other-ways": ("Open your authenticator app", _other_ways),
    "verify-app-wrong": ("Open your authenticator app", lambda guide: _app(guide, wrong=1)),
    "verify-app-out-of-tries": (
        "Open your authenticator app", lambda guide: _app(guide, wrong=5)
    ),
    "verify-otp-beside-app": ("Check your phone", _app_beside_a_code),
    "app": ("Set up an authenticator app", _inside("bob", "/settings/2fa/app", proved=True)),
    "app-by-key": ("Set up an authenticator app", _set_up_by_key),
    "app-wrong": ("Set up an authenticator app", _set_up_wrong),
    "app-another": (
        "Set up another authenticator app",
        lambda guide: _in_with_app(guide, "/settings/2fa/app"),
    ),
    "app-remove": (
        "Set up another authenticator app",
        lambda guide: _removal(guide, "/settings/2fa/app", "Remove the app; text messages stay"),
    ),
    "2fa-app": ("Two-factor sign-in", lambda guide: _in_with_app(guide, "/settings/2fa")),
    "dashboard-app": ("Hello", lambda guide: _in_with_app(guide, "/dashboard")),
    "disable-app": (
        "Turn off two-factor sign-in",
        lambda guide: _in_with_app(guide, "/settings/2fa/disable"),
    ),
    "recovery": ("Use a recovery code", _recovery),
    "recovery-lost": ("Use a recovery code", _all_lost),
    "recovery-wrong": ("Use a recovery code", _recovery_wrong),
    "dashboard": ("Hello", _inside("ada", "/dashboard")),
    "dashboard-off": ("Hello", _inside("bob", "/dashboard")),
    "dashboard-recovered": ("Hello", _recovered),
    "dashboard-few-codes": ("Hello", _few_codes_left),
    "confirm-identity": ("Confirm that it's you", _inside("bob", "/confirm-identity")),
    "confirm-identity-wrong": ("Confirm that it's you", _identity_wrong),
    "settings": ("Settings", _inside("bob", "/settings")),
    "settings-on": ("Settings", _inside("ada", "/settings")),
    "settings-app": ("Settings", lambda guide: _in_with_app(guide, "/settings")),
    "profile-saved": ("Your name", lambda guide: _profile(guide, "Ada")),
    "profile-too-long": ("Your name", lambda guide: _profile(guide, BAD_NAME)),
    "sessions": ("Where you are signed in", _sessions),
    "activity": ("Activity", _inside("ada", "/settings/activity")),
    "2fa": ("Two-factor sign-in", _inside("ada", "/settings/2fa")),
    "2fa-off": ("Two-factor sign-in", _inside("bob", "/settings/2fa")),
    "enable": (
        "Turn on two-factor sign-in", _inside("bob", "/settings/2fa/enable", proved=True)
    ),
    "enable-no-number": ("Turn on two-factor sign-in", lambda guide: _enable(guide, "12")),
    "enable-either": ("Turn on two-factor sign-in", _enable_either),
    "enable-code": ("Check your phone", lambda guide: _enable(guide, guide.live.number())),
    "enable-refused": ("Check your phone", lambda guide: _enable(guide, "+14155550111")),
    "recovery-codes": (
        "Recovery codes", _inside("ada", "/settings/2fa/recovery-codes", proved=True)
    ),
    "recovery-codes-shown": ("Your new recovery codes", _codes_shown),
    "disable": (
        "Turn off two-factor sign-in", _inside("ada", "/settings/2fa/disable", proved=True)
    ),
    "disable-sent": ("Turn off two-factor sign-in", _disable_sent),
    "disable-wrong": ("Turn off two-factor sign-in", _disable_wrong),
    "new-phone": (
        "Change your phone number", _inside("ada", "/settings/phone", proved=True)
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
        lambda guide: _removal(guide, "/settings/phone", "Delete the number; your app stays"),
    ),
    "new-phone-by-phone": (
        "Change your phone number", lambda guide: _by_phone(guide, "/settings/phone")
    ),
    "new-address": (
        "Change your e-mail address", _inside("bob", "/settings/email", proved=True)
    ),
    "new-address-slip": (
        "Change your e-mail address", lambda guide: _new_address(guide, "eve@example")
    ),
    "new-address-sent": (
        "Check your email", lambda guide: _new_address(guide, "new-address@example.com")
    ),
    "new-address-again": ("Change your e-mail address", _new_address_again),
    "new-address-by-phone": (
        "Your e-mail address", lambda guide: _by_phone(guide, "/settings/email")
    ),
    "new-address-elsewhere": (
        "Confirm your address", lambda guide: _new_address_elsewhere(guide, signed_in=False)
    ),
    "new-address-other": (
        "Confirm your address", lambda guide: _new_address_elsewhere(guide, signed_in=True)
    ),
    "phone": ("Sign in with your phone", _at("/phone")),
    "phone-too-short": ("Sign in with your phone", _phone_fault),
    "phone-either": ("Sign in with your phone", _phone_either),
    "phone-code": ("Check your phone", _phone),
    "phone-code-wrong": ("Check your phone", _phone_wrong),
    "phone-details": ("Welcome", _phone_proved),
    "phone-details-missing": ("Welcome", _details_missing),
    "phone-link-sent": ("Check your email", _link_sent),
    "phone-link-dead": ("This link no longer works", _dead_link),
    "phone-link": ("Welcome back", _phone_link),
    "verify-password": ("Type your password", _password_next),
    "verify-password-wrong": ("Type your password", _password_wrong),
    "dashboard-by-phone": ("Hello, Dora", lambda guide: _by_phone(guide, "/dashboard")),
    "settings-by-phone": ("Settings", lambda guide: _by_phone(guide, "/settings")),
    "2fa-by-phone-confirmed": ("Two-factor sign-in", _by_phone_confirmed),
    "2fa-by-phone-app": (
        "Two-factor sign-in", lambda guide: _by_phone_confirmed(guide, with_app=True)
    ),
    "2fa-by-phone": ("Two-factor sign-in", lambda guide: _by_phone(guide, "/settings/2fa")),
    "confirm-identity-by-phone": (
        "Confirm that it's you", lambda guide: _by_phone(guide, "/confirm-identity")
    ),
    "data": ("Your data", _inside("bob", "/settings/data", proved=True)),
    "delete": ("Delete your account", _inside("bob", "/settings/delete", proved=True)),
    "delete-done": ("Sign in", _deleted),
    "password-first": (
        "Set a password", lambda guide: _by_phone(guide, "/settings/password")
    ),
    "password-change": ("Change your password", _inside("bob", "/settings/password")),
    "confirm-email-by-phone": ("Confirm your address", _own_link),
    "confirm-email-sign-in": ("Confirm your address", _link_elsewhere),
    "api-docs": ("API", _at("/api/docs")),
    "not-found": ("There is no such page", _at("/made-up")),
}  # fmt: skip
"""The heading of each page and state by name, and the function that opens it."""
