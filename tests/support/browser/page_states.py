"""Every page in each of its states, and how to open it."""

from support.browser.guide import PageState
from support.browser.states.account_pages import ACCOUNT_PAGES
from support.browser.states.code_pages import CODE_PAGES
from support.browser.states.error_pages import ERROR_PAGES
from support.browser.states.front_door_pages import FRONT_DOOR_PAGES
from support.browser.states.openid_pages import OPENID_PAGES
from support.browser.states.passkey_pages import PASSKEY_PAGES
from support.browser.states.phone_pages import PHONE_PAGES
from support.browser.states.sign_in_pages import SIGN_IN_PAGES

PAGES: dict[str, PageState] = (
    SIGN_IN_PAGES
    | CODE_PAGES
    | ACCOUNT_PAGES
    | PHONE_PAGES
    | PASSKEY_PAGES
    | FRONT_DOOR_PAGES
    | OPENID_PAGES
    | ERROR_PAGES
)
"""Name of the page and its state -> its template, and the way there."""

RARE = {
    "activity-full", "activity-older", "apps-ended", "confirm-email-dead-shut",
    "confirm-identity-passkey-cancelled", "dashboard-app-off", "dashboard-passkey",
    "disable-out-of-tries", "disable-recovery-wrong", "door-leave-long", "door-login-long",
    "door-sign-out-long", "door-signed-out-here", "enable-code-required", "enable-out-of-tries",
    "enable-wrong", "login-passkey-cancelled", "new-address-required", "new-address-same",
    "new-phone-code-by-phone", "new-phone-current-failed", "new-phone-current-out-of-tries",
    "openid-account-long", "openid-expired", "openid-factor", "openid-factor-off",
    "openid-factor-strong",
    "openid-leave-long", "openid-login-long", "openid-logout-long", "openid-logout-unknown",
    "openid-signed-out", "passkey-add-exists", "passkey-add-on", "passkey-offer-cancelled",
    "passkey-step-cancelled", "passkeys-several", "password-weak", "phone-code-expired",
    "phone-code-out-of-tries", "phone-code-refused", "recovery-by-phone", "recovery-locked",
    "recovery-lost-no-contact", "register-sent-again", "settings-unsaved",
    "verify-app-after-a-code", "verify-app-by-phone", "verify-otp-locked-before",
    "verify-otp-no-code", "verify-otp-not-possible", "wasnt-me-dead-no-contact",
    "wasnt-me-passkey", "reset-password-passkey",
}  # fmt: skip
"""States that only ``make gallery`` draws: each differs from another one by a sentence or two."""
