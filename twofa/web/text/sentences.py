"""The sentences of notices, errors and refusals, and those that several pages share.

Templates read them as ``words``. A sentence that only one template has is in that template.
"""

from twofa.domain.events import Event
from twofa.domain.sessions.assurance import Method
from twofa.domain.sign_in.passwords import Weakness
from twofa.domain.sms.phones import PhoneFault
from twofa.domain.sms.sms_text import Reason
from twofa.web.text.counted_sentences import too_short
from twofa.web.text.language import Sentence as _

OUT_OF_TRIES_PHONE = _("Too many wrong codes. Start again to get a new one.")
NOTICES = {
    "signed_out": _("You've signed out."),
    "deleted": _("Your account has been deleted."),
    "lapsed": _("For your security, this sign-in has timed out. Start again."),
    "completed": _(
        "This sign-in was completed in another tab. Continue there, or sign in again here."
    ),
    "sign_in": _("Sign in to continue."),
    "out_of_tries": _(
        "Too many wrong codes. Sign in again to get a new code, or use a recovery code."
    ),
    "form_old": _("Allow cookies in your browser, then try again."),
    "form_foreign": _(
        "For your security, we didn't accept this form because another "
        "site sent it. Fill it in here."
    ),
    "form_unnamed": _(
        "Your browser didn't say which site sent this form. Allow it to send the Referer or "
        "Origin header, then try again."
    ),
    "twofa_off": _("You've turned off two-factor sign-in."),
    "phone_removed": _("Phone number removed. Use your authenticator app to sign in."),
    "twofa_required": _("Two-factor sign-in is required for your account and can't be turned off."),
    "saved": _("Your changes have been saved."),
    "session_ended": _("Device signed out."),
    "others_ended": _("All other devices signed out."),
    "app_ended": _("App signed out."),
    "trusted_forgotten": _("Trusted device removed."),
    "all_forgotten": _("All trusted devices removed."),
    "password_set": _("Password changed. Sign in with your new password."),
    "welcome": _("Email confirmed. You're signed in."),
    "code_used": _("You used a recovery code. Create new codes before you run out."),
    "phone_gone": _(
        "You used a recovery code. Lost your phone? Update your two-factor sign-in settings."
    ),
    "all_ended": _(
        "You've been signed out everywhere. Choose a new password to unlock your account."
    ),
    "confirmed": _("Email confirmed."),
    "codes_saved": _("Your recovery codes are saved."),
    "codes_replaced": _(
        "You've created newer recovery codes since. The ones you just saved no longer work."
    ),
    "no_way": _("You can't sign in with this phone number. Try another way."),
    "out_of_tries_phone": OUT_OF_TRIES_PHONE,
    "phone_first": _("Enter your phone number first."),
    "app_added": _("Authenticator app added."),
    "passkey_added": _("Passkey added."),
    "security_key_added": _("Security key added."),
    "passkeys_most": _("You can have 20 passkeys. Remove one to add another."),
    "passkey_removed": _("Passkey removed."),
    "passkey_renamed": _("Passkey renamed."),
    "app_removed": _("Authenticator app removed."),
    "number_added": _("Phone number added."),
    "again": _("Another code is on its way."),
    "mail_again": _("Another email is on its way."),
    "mail_again_if_known": _(
        "If there's an account for that address, another email is on its way."
    ),
    "again_if_known": _("If this number has an account, another code is on its way."),
    "again_if_possible": _("If we can text this number, another code is on its way."),
    "phone_changed": _("Phone number changed. We'll send codes to your new number."),
    "email_changed": _("Email changed. Use it next time you sign in."),
}
LAPSED = NOTICES["lapsed"]
SIGN_IN_ENDS = _("This sign-in times out in one minute. After that, you'll need to start again.")
SESSION_ENDS = _("You'll be signed out in one minute.")
TWOFA_DUE = _("Your account requires two-factor sign-in. Set it up to continue.")
BY_RECOVERY_ALONE = _("On: recovery codes only")
NO_NUMBER = _("No phone number")
SAFEST = _("The safest option. Works without signal.")
SECOND_STEP_DUE = _("Two-factor sign-in is required.")
SESSIONS = _("Signed-in devices")
SIGN_OUT_OTHERS = _("Sign out all other devices")
SIGN_OUT_OF_ALL = _("Sign out of all apps")
SETTINGS_AREAS = {
    "profile": _("Profile"),
    "security": _("Sign-in and security"),
    "devices": _("Devices and activity"),
    "privacy": _("Privacy"),
}
"""The groups of settings, by the word of each in addresses."""
FORGOT = _("Forgot your password?")
SEND_BY_TEXT = _("Send a code by text message")
SIGN_IN_BY_PHONE = _("Sign in with a phone number")
ADDRESS_USE = _(
    "We'll email you a link to confirm it. We use this address to help you if you lose your phone."
)
RATES = _("Message and data rates may apply.")
NO_CODES_NOW = _("Codes can't be entered right now.")
RECOVERY_TOO = _("You can also use a recovery code.")
CODE_SKIPPED = _(
    "You skipped the code when you signed in. Enter one to change your security settings."
)
PAGE_LAPSED = _("Your code has timed out. Send another one.")
PAGE_ENDS = _("This page times out in one minute. After that, send another code.")
CODES_UNSAVED = _("You haven't saved these yet.")
COMPLETED = _("Another request has already completed this with the same code.")
IF_KNOWN = _("If this number has an account, a code is on its way.")
IF_POSSIBLE = _("If we can text this number, a code is on its way.")
METHODS = {
    Method.PASSWORD.value: _("password"),
    Method.MAIL.value: _("email link"),
    Method.SMS.value: _("text message"),
    Method.APP.value: _("authenticator app"),
    Method.RECOVERY.value: _("recovery code"),
    Method.PASSKEY.value: _("passkey"),
    Method.KEY.value: _("security key"),
    Method.TRUSTED.value: _("trusted device"),
}
EVENTS = {
    Event.USER_CREATED: _("Account created"),
    Event.EMAIL_CONFIRMED: _("Email address confirmed"),
    Event.USER_CREATED_BY_OPERATOR: _("Account created by support"),
    Event.USER_DISABLED: _("Account disabled by support"),
    Event.USER_ENABLED: _("Account enabled by support"),
    Event.AUTHZ_CHANGE: _("Role changed by support"),
    Event.PASSWORD_SUCCESS: _("Correct password"),
    Event.PASSWORD_SUCCESS_AFTER_FAIL: _("Correct password after failed attempts"),
    Event.AUTHN_LOGIN_FAIL: _("Incorrect password"),
    Event.AUTHN_LOGIN_LOCK: _("Too many failed attempts"),
    Event.AUTHN_LOGIN_SUCCESS: _("Signed in"),
    Event.AUTHN_LOGIN_NEW_DEVICE: _("Signed in on a new device"),
    Event.TAKEOVER_REPORTED: _("You reported activity that wasn't yours. Account secured"),
    Event.AUTHN_LOGOUT: _("Signed out"),
    Event.SESSION_EXPIRED: _("Session expired"),
    Event.SESSION_REVOKED: _("Device signed out"),
    Event.APP_SESSION_CREATED: _("Signed in to an app"),
    Event.APP_SESSION_REVOKED: _("Signed out of an app"),
    Event.REAUTHENTICATION_SUCCESS: _("Identity confirmed"),
    Event.REAUTHENTICATION_FAIL: _("Identity check failed"),
    Event.OTP_SENT: _("Code sent"),
    Event.OTP_RESENT: _("Another code sent"),
    Event.OTP_SEND_REFUSED: _("Code not sent"),
    Event.OTP_SUCCESS: _("Correct code"),
    Event.OTP_FAIL: _("Incorrect code"),
    Event.OTP_EXPIRED: _("Expired code entered"),
    Event.OTP_ATTEMPTS_EXHAUSTED: _("Too many wrong codes"),
    Event.OTP_LOCK: _("Too many wrong codes: code entry locked for a while"),
    Event.OTP_FAIL_AFTER_PASSWORD: _("Wrong codes after correct password (we emailed you)"),
    Event.PHONE_SIGN_IN_RESTRICTED: _("Someone tried to guess sign-in codes for your phone number"),
    Event.OTP_DISABLED: _("Text message codes turned off"),
    Event.TOTP_ADDED: _("Authenticator app added"),
    Event.TOTP_REMOVED: _("Authenticator app removed"),
    Event.TOTP_SUCCESS: _("Correct authenticator app code"),
    Event.TOTP_FAIL: _("Incorrect authenticator app code"),
    Event.TOTP_REPLAYED: _("Authenticator app code already used"),
    Event.TOTP_ATTEMPTS_EXHAUSTED: _("Too many wrong authenticator app codes"),
    Event.TOTP_LOCK: _("Too many wrong authenticator app codes: locked for a while"),
    Event.TOTP_DISABLED: _("Authenticator app codes turned off"),
    Event.PASSKEY_ADDED: _("Passkey added"),
    Event.PASSKEY_REMOVED: _("Passkey removed"),
    Event.PASSKEY_RENAMED: _("Passkey renamed"),
    Event.PASSKEY_SUCCESS: _("Passkey used"),
    Event.PASSKEY_FAIL: _("Passkey not accepted"),
    Event.PASSKEY_COPIED: _("Passkey not accepted: it may have been copied (we emailed you)"),
    Event.PHONE_ADDED: _("Phone number added"),
    Event.RECOVERY_CODES_GENERATED: _("Recovery codes created"),
    Event.RECOVERY_CODE_USED: _("Recovery code used"),
    Event.RECOVERY_CODE_FAIL: _("Incorrect recovery code"),
    Event.TWOFA_ENABLED: _("Two-factor sign-in turned on"),
    Event.TWOFA_DISABLED: _("Two-factor sign-in turned off"),
    Event.TWOFA_RESET: _("Two-factor sign-in reset by support"),
    Event.TWOFA_REMINDER_SENT: _("Reminder sent: two-factor sign-in required soon"),
    Event.PHONE_CHANGE_REQUESTED: _("Phone number change started"),
    Event.PHONE_CURRENT_CONFIRMED: _("Current phone number confirmed"),
    Event.PHONE_CHANGED: _("Phone number changed"),
    Event.PHONE_REMOVED: _("Phone number removed"),
    Event.EMAIL_CHANGE_REQUESTED: _("Email change requested"),
    Event.EMAIL_CHANGED: _("Email address changed"),
    Event.PHONE_CLAIMED: _("Another account tried to use your phone number"),
    Event.PASSWORD_RESET_REQUESTED: _("Password reset requested"),
    Event.PASSWORD_RESET: _("Password reset by email"),
    Event.AUTHN_PASSWORD_CHANGE: _("New password"),
    Event.USER_UPDATED: _("Name changed"),
    Event.TRUSTED_DEVICE_ADDED: _("Device trusted"),
    Event.TRUSTED_DEVICE_USED: _("Trusted device used"),
    Event.TRUSTED_DEVICE_REVOKED: _("Trusted device removed"),
    Event.TRUSTED_DEVICE_REJECTED: _("Device trust expired: code required"),
    Event.DATA_EXPORTED: _("Data downloaded"),
    Event.USER_CREATED_BY_PHONE: _("Account created with phone"),
    Event.PHONE_SIGN_IN_RECOGNISED: _("Phone number recognised"),
    Event.PHONE_SIGN_IN_LINK_USED: _("Signed in with email link"),
}
"""The events that an account's owner can read, with their words; others are for operators."""
WRONG_CREDENTIALS = _("The email or password is incorrect.")
PAUSED = _("Too many wrong passwords. Try again in %(time)s.")
PAUSED_SIGN_IN = _(
    "Too many wrong passwords. You can't sign in with this email on this device for %(time)s."
)
PAUSED_ENDED = _("Too many wrong passwords. Sign in again.")
PAUSED_ENDED_SIGN_IN = _(
    "Too many wrong passwords, so we signed you out. You can't sign in with this email "
    "on this device for %(time)s."
)
WRONG_PASSWORD = _("That password is incorrect.")
WRONG_REGISTRATION_PASSWORD = _("That isn't the password you chose when you registered.")
WRONG_RECOVERY = _("That code is incorrect or has been used. Check it and try again.")
CONFIRM_ADDRESS_FIRST = _("Confirm your email address first. Open the link we emailed you.")
PASSKEY_IS = _(
    "With a passkey you sign in with your fingerprint, face or screen lock. It only works on this "
    "site, so no one can trick you into giving it away."
)
NO_PASSKEYS_HERE = _(
    "This browser can't use passkeys, or scripts are turned off. Use another way or device."
)
PASSKEY_TURN_ON = _("Also ask for a second step after my password")
PASSKEY_TURN_ON_HINT = _(
    "Turns on two-factor sign-in: your password alone won't be enough to sign in. You'll get "
    "recovery codes."
)
STEP_SKIPPED = _(
    "You skipped the second step when you signed in. Take it now to change your security settings."
)
PASSKEY_SAFEST = _("The safest option. Only works on this site, so no one can trick you out of it.")
APP_SAFE = _("Works without signal, and codes can't be intercepted.")
PASSKEY_CANCELLED = _(
    "No passkey was used. It was cancelled, took too long, or there's none on this device. "
    "Try again, or use another way."
)
PASSKEY_NOT_MADE = _(
    "No passkey was created. It was cancelled, took too long, or isn't possible on this device. "
    "Try again, or use another device."
)
PASSKEY_EXISTS = _("This device or security key already has a passkey for your account.")
PASSKEY_HOST = _("Passkeys don't work at this web address. Use another way.")
PASSKEY_FAILED = _("Something went wrong. Check your connection and try again.")
PASSKEY_UNKNOWN = _("That passkey isn't linked to an account here. Sign in another way.")
PASSKEY_NOT_ADDED = _("We couldn't add that. Try again, or use another device.")
USE_PASSKEY = _("Use your passkey")
PASSKEY_REFUSED = _("We couldn't accept that passkey. Try again, or sign in another way.")
CODE_EXPIRED = _("That code has expired. Send a new one.")
SPENT = _("Too many wrong codes.")
CODE_SPENT = _("That code is no longer valid. Send a new one.")
UNCHECKED = _(
    "We couldn't check your code. Try again in a moment, send another code, or use a recovery code."
)
UNCHECKED_NUMBER = _("We couldn't check your code. Try again in a moment, or send another code.")
OUT_OF_TRIES = NOTICES["out_of_tries"]
OUT_OF_TRIES_NUMBER = _("Too many wrong codes. Enter your number again to get a new code.")
OUT_OF_TRIES_PROOF = _("Too many wrong codes. Try again in 10 minutes.")
OUT_OF_TRIES_OFF = _("Too many wrong codes. Use a recovery code, or try again in 10 minutes.")
FACTOR_OFF = _("Text message codes are turned off for this account. Use a recovery code.")
OUT_OF_TRIES_APP = _("Too many wrong codes. Sign in again, or use a recovery code.")
APP_OFF = _("Authenticator app codes are turned off for this account. Try another way.")
NO_APP = _("This account has no authenticator app. Try another way.")
APP_ENDS = _("This QR code times out in one minute. After that, reload the page to get a new one.")
APP_LAPSED = _("Setup timed out. Delete the entry in your app and scan this new code.")
NUMBER_TAKEN = _("You can't use this number. Try a different one.")
OTHER_NUMBER = _("That isn't the number on your account. Enter that number, or change it first.")
SAME_NUMBER = _("That's already your number. Enter a different one.")
SAME_EMAIL = _("That's already your email address. Enter a different one.")
WEAKNESS = {
    Weakness.TOO_LONG: _("Password must be 1,024 characters or fewer."),
    Weakness.OWN_NAME: _("Don't use your email or the name of this site in your password."),
    Weakness.GUESSABLE: _("This password is too easy to guess. Try a few random words."),
}
PHONE_FAULT = {
    PhoneFault.MISSING: _("Enter your phone number."),
    PhoneFault.UNREADABLE: _("Enter a phone number with its country code, like +1 415 555 0123."),
    PhoneFault.EXTENSION: _("A text can't reach an extension. Enter a mobile number without one."),
    PhoneFault.NEEDS_COUNTRY: _("Choose a country, or start the number with its country code."),
    PhoneFault.TOO_SHORT: _("Phone number is too short. Check it and try again."),
    PhoneFault.TOO_LONG: _("Phone number is too long. Check it and try again."),
    PhoneFault.UNKNOWN: _("Enter a valid phone number. Check the country code and the digits."),
    PhoneFault.LANDLINE: _("This looks like a landline. Enter a mobile number."),
    PhoneFault.NOT_MOBILE: _("This isn't a mobile number. Enter one that can get text messages."),
    PhoneFault.NOT_SERVED: _("We can't send texts to that country yet. Use a different number."),
}
NOT_SENT = _("We couldn't send a text to this number.")
FAILED = {
    Reason.NONE: NOT_SENT,
    Reason.NUMBER: _("This number can't receive our texts."),
    Reason.LANDLINE: _("This number looks like a landline, which can't get texts."),
    Reason.OPTED_OUT: _("This number has opted out of our texts. Text START to opt back in."),
    Reason.COUNTRY: _("We can't send texts to this number's country yet."),
    Reason.REFUSED: _("Your carrier refused the message."),
    Reason.PROVIDER: NOT_SENT,
    Reason.BUDGET: _("The limit for texts has been reached."),
    Reason.EXPIRED: _("The text wasn't sent in time."),
    Reason.LOCKED: _("Code entry is locked for now."),
    Reason.UNKNOWN: NOT_SENT,
    Reason.DISABLED: FACTOR_OFF,
}
OTHER_WAYS = _("Send another code, or use a recovery code.")
TRY_AGAIN = _("Try again.")
TRY_LATER = _("Try again later.")
USE_RECOVERY = _("Use a recovery code.")
CHANGE_NUMBER = _("Change your number.")
WAIT_OR_RECOVERY = _("Try again later, or use a recovery code.")
RESTS = _("Too many wrong codes. Try again in %(time)s.")
RESTS_OR_RECOVERY = _("Too many wrong codes. Try again in %(time)s, or use a recovery code.")
ON_ITS_WAY = _("On its way")
UNSURE = _("The message may be delayed. If it hasn't arrived in a minute, send another code.")
ENTER_FIRST_NAME = _("Enter your first name.")
ENTER_LAST_NAME = _("Enter your last name.")
ENTER_EMAIL = _("Enter your email address.")
ENTER_PASSWORD = _("Enter your password.")
CHOOSE_PASSWORD = _("Choose a password.")
ENTER_CODE = _("Enter the code from the text message.")
ENTER_APP_CODE = _("Enter the code from your authenticator app.")
ENTER_RECOVERY = _("Enter a recovery code.")
NOTHING_TO_DO = _("If it wasn't you, you don't need to do anything. Your account is safe.")


def weakness(found: Weakness, min_length: int) -> str:
    """Return the translated sentence that says why a new password is refused."""
    if found is Weakness.TOO_SHORT:
        return too_short(min_length)
    return str(WEAKNESS[found])
