"""One function for each event, which causes it through a page, the API or a command."""

import itertools
from collections.abc import Callable

from support.site.concurrency import address
from support.site.world import PASSWORD, Browser, World
from support.stories import phone_account
from support.stories.guessing import PeopledWorld
from werkzeug.test import TestResponse

from twofa.domain.events import Event

NEW = "seven-crooked-lamps-19"
names = itertools.count(1)


def command(site: World, *words: str, answer: str = "") -> None:
    """Run a flask command, which must succeed."""
    done = site.app.test_cli_runner().invoke(args=list(words), input=answer)
    assert done.exit_code == 0, done.output


def by_phone(site: PeopledWorld, *, wait: float) -> tuple[Browser, str]:
    """Sign in by phone after ``wait`` days of absence; return the browser and email address."""
    browser, phone, email = phone_account.by_phone(site)
    browser.post(site.mails(email)[-1].link)
    site.clock.move(days=wait)
    other = site.stranger()
    other.post("/phone", {"phone": phone})
    other.enter(site.code(phone))
    return other, email


def with_both_factors(site: PeopledWorld) -> None:
    """Sign in by phone to an account that also requires its password."""
    browser = site.stranger()
    browser.post("/phone", {"phone": site.ada.phone})
    browser.enter(site.code(site.ada.phone))


def linked(site: PeopledWorld) -> None:
    """Sign in by phone after 200 days, which takes an email link."""
    browser, email = by_phone(site, wait=200)
    browser.post(site.mails(email)[-1].link)


def wrong_codes(site: PeopledWorld, many: int, *, each: int = 5) -> None:
    """Enter ``many`` wrong codes after the right password, ``each`` in one sign-in."""
    left = many
    while left > 0:
        browser = site.pending(site.ada)
        for _ in range(min(each, left)):
            browser.enter(site.wrong(site.ada.phone))
        left -= each
        site.clock.move(minutes=8)


def expired_code(site: PeopledWorld) -> None:
    """Enter the right code after it expired."""
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    site.clock.move(minutes=6)
    browser.enter(code)


def refused_code(site: PeopledWorld) -> None:
    """Sign in more often than the send limits allow."""
    for _ in range(11):
        site.pending(site.ada)


def wrong_passwords(site: PeopledWorld, many: int) -> None:
    """Enter ``many`` wrong passwords on unknown devices."""
    for _ in range(many):
        site.stranger().sign_in(site.carol.email, "made-up-1")


def right_at_last(site: PeopledWorld) -> None:
    """Enter a wrong password on an unknown device, then the right one."""
    browser = site.stranger()
    for password in ("made-up-1", site.carol.password):
        browser.sign_in(site.carol.email, password)


def reset(site: PeopledWorld) -> None:
    """Set a new password by email link."""
    site.stranger().post("/forgot-password", {"email": site.carol.email})
    site.stranger().post(site.mails(site.carol.email)[-1].link, {"password": NEW})


def lapsed(site: PeopledWorld) -> None:
    """Return to a session after it lapsed."""
    browser = site.signed_in(site.carol)
    site.clock.move(hours=25)
    browser.get("/dashboard")


def ended(site: PeopledWorld) -> None:
    """Revoke all other sessions."""
    site.signed_in(site.carol)
    site.carol.browser.post("/settings/sessions/revoke-others", on="/settings/sessions")


def taken_number(site: PeopledWorld) -> None:
    """Enter the right code of a number that another account has confirmed."""
    browser = site.carol.browser
    browser.get("/settings/2fa/enable")
    browser.prove()
    browser.post("/settings/2fa/enable", {"phone": site.ada.phone})
    browser.post("/settings/2fa/confirm", {"code": site.code(site.ada.phone)})


def saved(site: PeopledWorld) -> str:
    """Return the first of Ada's recovery codes."""
    codes = site.ada.recovery_codes
    assert codes is not None
    return codes[0]


def turned_off(site: PeopledWorld) -> None:
    """Disable two-factor sign-in with a recovery code."""
    browser = site.ada.browser
    browser.get("/settings/2fa/disable")
    assert browser.page is not None
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    browser.post("/settings/2fa/disable", {"code": saved(site)})


def fresh_codes(site: PeopledWorld) -> None:
    """Generate new recovery codes."""
    browser = site.signed_in(site.ada)
    browser.post("/settings/2fa/recovery-codes")


def recovery(site: PeopledWorld, code: str) -> None:
    """Enter a recovery code as the second step."""
    site.pending(site.ada).post("/verify-otp/recovery", {"recovery_code": code})


def sent_again(site: PeopledWorld) -> None:
    """Request another code."""
    browser = site.pending(site.ada)
    site.clock.move(seconds=31)
    browser.post("/verify-otp/resend", on="/verify-otp")


def an_api_key(site: World) -> None:
    """Create an API key and revoke it."""
    name = f"shop-{next(names)}"
    command(site, "api-keys", "create", name)
    command(site, "api-keys", "revoke", name)


def proof(password: str) -> Callable[[PeopledWorld], TestResponse]:
    """Return a function that enters this password to reauthenticate."""
    return lambda site: site.carol.browser.prove(password)


def told(*words: str) -> Callable[[PeopledWorld], None]:
    """Return a function that runs this command on Carol's account."""
    return lambda site: command(site, "users", words[0], site.carol.email, *words[1:])


def changed_password(site: PeopledWorld) -> None:
    """Change the password."""
    fields = {"current_password": PASSWORD, "password": NEW}
    site.carol.browser.post("/settings/password", fields)


def renamed(site: PeopledWorld) -> None:
    """Change the name."""
    site.carol.browser.post("/settings/profile", {"first_name": "Caro", "last_name": ""})


def made(site: World) -> None:
    """Create an account by command."""
    command(site, "users", "create", f"made-{next(names)}@example.com")


STORIES: dict[Event, Callable[[PeopledWorld], object]] = {
    Event.REGISTRATION_REQUESTED: lambda v: v.stranger().register(f"new-{address()}@example.com"),
    Event.USER_CREATED: lambda v: v.stranger().register(f"new-{address()}@example.com"),
    Event.EMAIL_CONFIRMED: phone_account.confirmed,
    Event.USER_CREATED_BY_OPERATOR: made,
    Event.USER_DISABLED: told("disable"),
    Event.USER_ENABLED: told("enable"),
    Event.AUTHZ_CHANGE: told("role", "editor"),
    Event.TWOFA_RESET: told("reset-2fa", "--yes"),
    Event.AUTHN_TOKEN_CREATED: an_api_key,
    Event.AUTHN_TOKEN_REVOKED: an_api_key,
    Event.PASSWORD_SUCCESS: lambda v: v.pending(v.ada),
    Event.PASSWORD_SUCCESS_AFTER_FAIL: right_at_last,
    Event.AUTHN_LOGIN_FAIL: lambda v: wrong_passwords(v, 1),
    Event.AUTHN_LOGIN_LOCK: lambda v: wrong_passwords(v, 11),
    Event.USER_CREATED_BY_PHONE: phone_account.by_phone,
    Event.PHONE_SIGN_IN_RECOGNISED: with_both_factors,
    Event.PHONE_SIGN_IN_LINK_USED: linked,
    Event.PASSWORD_RESET_REQUESTED: reset,
    Event.PASSWORD_RESET: reset,
    Event.AUTHN_PASSWORD_CHANGE: changed_password,
    Event.AUTHN_LOGIN_SUCCESS: lambda v: v.signed_in(v.carol),
    Event.AUTHN_LOGIN_NEW_DEVICE: lambda v: v.signed_in(v.carol),
    Event.AUTHN_LOGOUT: lambda v: v.carol.browser.post("/logout", on="/dashboard"),
    Event.SESSION_EXPIRED: lapsed,
    Event.SESSION_REVOKED: ended,
    Event.REAUTHENTICATION_SUCCESS: proof(PASSWORD),
    Event.REAUTHENTICATION_FAIL: proof("made-up-1"),
    Event.OTP_SENT: lambda v: v.pending(v.ada),
    Event.OTP_RESENT: sent_again,
    Event.OTP_SEND_REFUSED: refused_code,
    Event.OTP_SUCCESS: lambda v: v.signed_in(v.ada),
    Event.OTP_FAIL: lambda v: wrong_codes(v, 1),
    Event.OTP_EXPIRED: expired_code,
    Event.OTP_ATTEMPTS_EXHAUSTED: lambda v: wrong_codes(v, 5),
    Event.OTP_LOCK: lambda v: wrong_codes(v, 10),
    Event.PHONE_CLAIMED: taken_number,
    Event.TWOFA_ENABLED: lambda v: v.carol.browser.turn_on(v.number()),
    Event.TWOFA_DISABLED: turned_off,
    Event.RECOVERY_CODES_GENERATED: fresh_codes,
    Event.RECOVERY_CODE_USED: lambda v: recovery(v, saved(v)),
    Event.RECOVERY_CODE_FAIL: lambda v: recovery(v, "01-AAAA-AAAA-AAAA-AAAA"),
    Event.USER_UPDATED: renamed,
}
ELSEWHERE = {
    Event.OTP_CHECK_UNAVAILABLE: "flows/otp/test_kept_code_checks.py",
    Event.OTP_DISABLED: "flows/attacks/test_apart.py",
    Event.PHONE_SIGN_IN_RESTRICTED: "flows/phone_sign_in/test_phone_guesses_in_a_row.py",
    Event.FRAUD_GUARD_BLOCKED: "flows/otp/test_conversion_guard.py",
    Event.FRAUD_GUARD_WATCHED: "flows/otp/test_conversion_guard.py",
    Event.EXCESS_NETWORK_FAILURES: "flows/notices/test_alarms.py",
    Event.EXCESS_CODE_FAILURES: "flows/notices/test_alarms.py",
    Event.FRAUD_GUARD_UNBLOCKED: "cli/test_sms_report.py",
    Event.MAIL_BUDGET_LOW: "flows/notices/test_mail_budgets.py",
    Event.OTP_FAIL_AFTER_PASSWORD: "flows/notices/test_notices.py",
    Event.TAKEOVER_REPORTED: "flows/sign_in/test_wasnt_me.py",
    Event.TOTP_ADDED: "flows/two_factor/test_app.py",
    Event.TOTP_REMOVED: "flows/two_factor/test_app.py",
    Event.TOTP_SUCCESS: "flows/two_factor/test_app_sign_in.py",
    Event.TOTP_FAIL: "flows/two_factor/test_app_sign_in.py",
    Event.TOTP_REPLAYED: "flows/two_factor/test_app_sign_in.py",
    Event.TOTP_ATTEMPTS_EXHAUSTED: "flows/two_factor/test_app_sign_in.py",
    Event.TOTP_LOCK: "flows/two_factor/test_app_sign_in.py",
    Event.TOTP_DISABLED: "flows/two_factor/test_app_sign_in.py",
    Event.PASSKEY_ADDED: "flows/passkeys/test_passkey_sign_in.py",
    Event.PASSKEY_REMOVED: "flows/passkeys/test_passkey_rules.py",
    Event.PASSKEY_RENAMED: "flows/passkeys/test_passkey_rules.py",
    Event.PASSKEY_SUCCESS: "flows/passkeys/test_passkey_sign_in.py",
    Event.PASSKEY_FAIL: "flows/passkeys/test_refusals.py",
    Event.PASSKEY_COPIED: "flows/passkeys/test_refusals.py",
    Event.PHONE_ADDED: "flows/two_factor/test_app.py",
    Event.PHONE_CHANGE_REQUESTED: "flows/two_factor/test_change_phone.py",
    Event.PHONE_CURRENT_CONFIRMED: "flows/two_factor/test_change_phone.py",
    Event.PHONE_CHANGED: "flows/two_factor/test_change_phone.py",
    Event.PHONE_REMOVED: "flows/two_factor/test_change_phone.py",
    Event.NOTICE_REFUSED: "flows/two_factor/test_change_phone.py",
    Event.EMAIL_CHANGE_REQUESTED: "flows/account/test_change_email.py",
    Event.EMAIL_CHANGED: "flows/account/test_change_email.py",
    Event.DATA_EXPORTED: "flows/account/test_export_data.py",
    Event.USER_DELETED: "flows/account/test_delete_account.py",
    Event.ENCRYPTION_KEY_ROTATED: "cli/keys/test_keys.py",
    Event.SIGNING_KEY_ROTATED: "flows/test_signing_keys.py",
    Event.APP_SESSION_CREATED: "flows/front_door/test_sign_out.py",
    Event.APP_SESSION_REVOKED: "flows/front_door/test_sign_out.py",
    Event.SUBJECT_REMOVED: "web/api/test_subjects.py",
    Event.OIDC_CODE_REUSED: "flows/oidc/test_codes.py",
    Event.OIDC_CLIENT_ADDED: "flows/oidc/test_clients.py",
    Event.OIDC_CLIENT_CHANGED: "flows/oidc/test_clients.py",
    Event.OIDC_CLIENT_REMOVED: "flows/oidc/test_clients.py",
    Event.OIDC_LOGOUT_SENT: "flows/oidc/test_backchannel.py",
    Event.OIDC_LOGOUT_FAIL: "flows/oidc/test_backchannel.py",
    Event.TRUSTED_DEVICE_ADDED: "flows/sessions/test_trusted.py",
    Event.TRUSTED_DEVICE_USED: "flows/sessions/test_trusted.py",
    Event.TRUSTED_DEVICE_REJECTED: "flows/sessions/test_trusted.py",
    Event.TRUSTED_DEVICE_REVOKED: "flows/sessions/test_trusted.py",
    Event.TWOFA_REMINDER_SENT: "flows/two_factor/test_enforcement.py",
}
"""The test modules that cause the other events, which need their own installation."""
