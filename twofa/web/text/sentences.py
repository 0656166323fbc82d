"""The sentences of notices, errors and refusals, and those that several pages share.

Templates read them as ``words``. A sentence that only one template has is in that template.
"""

from twofa.domain.events import Event
from twofa.domain.sessions.assurance import Method
from twofa.domain.sign_in.passwords import Weakness
from twofa.domain.sms.phones import PhoneFault
from twofa.domain.sms.sms_text import Reason
from twofa.web.text.language import Sentence as _
from twofa.web.text.language import gettext

OUT_OF_TRIES_PHONE = _("Too many wrong codes. Start again with your number for a new one.")
NOTICES = {
    "signed_out": _("You are signed out."),
    "deleted": _("Your account is deleted."),
    "lapsed": _("Your sign-in took too long. Start again."),
    "completed": _(
        "This sign-in was completed in another tab. Continue there, or sign in again here."
    ),
    "sign_in": _("Sign in to go on."),
    "out_of_tries": _("Too many wrong codes. Sign in again for a new one, or use a recovery code."),
    "form_old": _("Your browser didn't send our cookie back. Allow cookies, then try again."),
    "form_foreign": _("Another site sent this form, so nothing was done. Fill it in here."),
    "form_unnamed": _(
        "Your browser didn't say which site sent this form. Allow it to send the Referer or "
        "Origin header, then try again."
    ),
    "twofa_off": _("Two-factor sign-in is off."),
    "phone_removed": _("Your number is deleted. Your authenticator app lets you in."),
    "twofa_required": _("This account needs two-factor sign-in, so it can't be turned off."),
    "saved": _("Saved."),
    "session_ended": _("That sign-in has ended."),
    "others_ended": _("All other sign-ins have ended."),
    "trusted_forgotten": _("That browser asks for a code again."),
    "all_forgotten": _("Every browser asks for a code again."),
    "password_set": _("Your new password is set. Sign in with it."),
    "welcome": _("Your address is confirmed, and you are signed in."),
    "code_used": _("You used a recovery code. Make new ones before you run out."),
    "phone_gone": _(
        "You used a recovery code. If your phone is gone, set up the new one under two-factor "
        "sign-in."
    ),
    "all_ended": _(
        "Every sign-in has ended, on all devices. Choose a new password to open your account again."
    ),
    "confirmed": _("Your address is confirmed."),
    "codes_saved": _("Your recovery codes are saved."),
    "codes_replaced": _(
        "You've created newer recovery codes since. The ones you just saved no longer work."
    ),
    "no_way": _(
        "Your code was right, but this number can't be used to sign in here. Use another way."
    ),
    "out_of_tries_phone": OUT_OF_TRIES_PHONE,
    "phone_first": _("Type your number first."),
    "app_added": _("Your authenticator app is set up."),
    "app_removed": _("Your authenticator app is removed."),
    "number_added": _("Your number is confirmed."),
    "again": _("Another code is on its way."),
    "mail_again": _("Another email is on its way."),
    "mail_again_if_known": _("If an account has that address, another email is on its way."),
    "again_if_known": _("If this number has an account, another code is on its way."),
    "again_if_possible": _("If we can send to this number, another code is on its way."),
    "phone_changed": _("Your new number is confirmed. Our codes go there from now on."),
    "email_changed": _("Your new address is confirmed. Sign in with it from now on."),
}
LAPSED = NOTICES["lapsed"]
TWOFA_DUE = _("Your account needs two-factor sign-in. Turn it on to go on.")
BY_RECOVERY_ALONE = _("On, by recovery code alone.")
NO_NUMBER = _("No number is confirmed.")
STEALS_NUMBER = _(
    "It also stops a thief who takes over your phone number, and works without signal."
)
SECOND_STEP_DUE = _("A second step is due.")
SESSIONS = _("Where you are signed in")
FORGOT = _("Forgot your password?")
SIGN_IN_BY_PHONE = _("Sign in with your phone")
ADDRESS_USE = _("We send it a link. It is how we reach you if your phone is gone.")
RATES = _("Message and data rates may apply.")
NO_CODES_NOW = _("Codes can't be entered right now.")
RECOVERY_TOO = _("A recovery code works too.")
CODE_SKIPPED = _(
    "You signed in here without a code. To change how your account is protected, we ask for one."
)
PAGE_LAPSED = _("This took too long. Ask for another code.")
PAGE_ENDS = _("This page times out in one minute. After that, ask for another code.")
CODES_UNSAVED = _("You haven't saved these yet.")
COMPLETED = _("Another request has already completed this with the same code.")
IF_KNOWN = _("If this number has an account, a code is on its way.")
IF_POSSIBLE = _("If we can send to this number, a code is on its way.")
METHODS = {
    Method.PASSWORD.value: _("password"),
    Method.MAIL.value: _("mailed link"),
    Method.SMS.value: _("text message"),
    Method.APP.value: _("authenticator app"),
    Method.RECOVERY.value: _("recovery code"),
    Method.TRUSTED.value: _("remembered browser"),
}
EVENTS = {
    Event.USER_CREATED: _("Your account was created"),
    Event.EMAIL_CONFIRMED: _("Your email address was confirmed"),
    Event.USER_CREATED_BY_OPERATOR: _("Your account was made by our staff"),
    Event.USER_DISABLED: _("Your account was switched off by our staff"),
    Event.USER_ENABLED: _("Your account was switched on again by our staff"),
    Event.PASSWORD_SUCCESS: _("Right password"),
    Event.PASSWORD_SUCCESS_AFTER_FAIL: _("Right password, after wrong ones"),
    Event.AUTHN_LOGIN_FAIL: _("Wrong password"),
    Event.AUTHN_LOGIN_LOCK: _("Too many wrong passwords"),
    Event.AUTHN_LOGIN_SUCCESS: _("Signed in"),
    Event.AUTHN_LOGIN_NEW_DEVICE: _("A new device signed in"),
    Event.TAKEOVER_REPORTED: _("You told us that it wasn't you: everything was ended"),
    Event.AUTHN_LOGOUT: _("Signed out"),
    Event.SESSION_EXPIRED: _("A sign-in ended by itself"),
    Event.SESSION_REVOKED: _("A sign-in was ended"),
    Event.REAUTHENTICATION_SUCCESS: _("Password confirmed"),
    Event.REAUTHENTICATION_FAIL: _("Password not confirmed"),
    Event.OTP_SENT: _("A code was sent"),
    Event.OTP_RESENT: _("Another code was sent"),
    Event.OTP_SEND_REFUSED: _("A code was not sent"),
    Event.OTP_SUCCESS: _("Right code"),
    Event.OTP_FAIL: _("Wrong code"),
    Event.OTP_EXPIRED: _("A code that had expired"),
    Event.OTP_ATTEMPTS_EXHAUSTED: _("Too many wrong codes in one sign-in"),
    Event.OTP_LOCK: _("Too many wrong codes: code entry rested"),
    Event.OTP_FAIL_AFTER_PASSWORD: _(
        "Wrong codes after your right password: you were told by mail"
    ),
    Event.PHONE_SIGN_IN_RESTRICTED: _("Somebody guessed at sign-in codes for your phone number"),
    Event.OTP_DISABLED: _("Codes by text message were switched off"),
    Event.TOTP_ADDED: _("An authenticator app was set up"),
    Event.TOTP_REMOVED: _("The authenticator app was removed"),
    Event.TOTP_SUCCESS: _("Right code from the authenticator app"),
    Event.TOTP_FAIL: _("Wrong code from the authenticator app"),
    Event.TOTP_REPLAYED: _("A code from the authenticator app, used a second time"),
    Event.TOTP_ATTEMPTS_EXHAUSTED: _(
        "Too many wrong codes from the authenticator app in one sign-in"
    ),
    Event.TOTP_LOCK: _("Too many wrong codes from the authenticator app: it rested"),
    Event.TOTP_DISABLED: _("Codes from the authenticator app were switched off"),
    Event.PHONE_ADDED: _("A phone number was added"),
    Event.RECOVERY_CODES_GENERATED: _("New recovery codes"),
    Event.RECOVERY_CODE_USED: _("A recovery code was used"),
    Event.RECOVERY_CODE_FAIL: _("Wrong recovery code"),
    Event.TWOFA_ENABLED: _("Two-factor sign-in turned on"),
    Event.TWOFA_DISABLED: _("Two-factor sign-in turned off"),
    Event.TWOFA_RESET: _("Two-factor sign-in reset by our staff"),
    Event.TWOFA_REMINDER_SENT: _("We wrote to you that two-factor sign-in will be needed"),
    Event.PHONE_CHANGE_REQUESTED: _("A change of your number began"),
    Event.PHONE_CURRENT_CONFIRMED: _("Your current number was confirmed, for a change"),
    Event.PHONE_CHANGED: _("Your phone number was changed"),
    Event.PHONE_REMOVED: _("Your phone number was deleted"),
    Event.EMAIL_CHANGE_REQUESTED: _("A change of your e-mail address was asked for"),
    Event.EMAIL_CHANGED: _("Your e-mail address was changed"),
    Event.PHONE_CLAIMED: _("Another account tried to use your number"),
    Event.PASSWORD_RESET_REQUESTED: _("A link for a new password was asked for"),
    Event.PASSWORD_RESET: _("New password, set by a mailed link"),
    Event.AUTHN_PASSWORD_CHANGE: _("New password"),
    Event.USER_UPDATED: _("Your name was changed"),
    Event.TRUSTED_DEVICE_ADDED: _("A browser was told to skip the code"),
    Event.TRUSTED_DEVICE_USED: _("A remembered browser skipped the code"),
    Event.TRUSTED_DEVICE_REVOKED: _("A remembered browser was forgotten"),
    Event.TRUSTED_DEVICE_REJECTED: _("A browser was remembered no longer: we asked for a code"),
    Event.DATA_EXPORTED: _("Your data was downloaded"),
    Event.USER_CREATED_BY_PHONE: _("Your account was created, by phone"),
    Event.PHONE_SIGN_IN_RECOGNISED: _("Your number was recognised"),
    Event.PHONE_SIGN_IN_LINK_USED: _("A mailed link completed a sign-in by phone"),
}
"""The events that an account's owner can read, with their words; others are for operators."""
WRONG_CREDENTIALS = _("That e-mail address and password don't belong together.")
PAUSED = _("Too many wrong passwords. Try again in %(time)s.")
PAUSED_SIGN_IN = _(
    "Too many wrong passwords. Signing in with this address is paused on this device for %(time)s."
)
PAUSED_ENDED = _("Too many wrong passwords, so this sign-in has ended. Sign in again.")
PAUSED_ENDED_SIGN_IN = _(
    "Too many wrong passwords, so this sign-in has ended. Signing in with this address is paused "
    "on this device for %(time)s."
)
WRONG_PASSWORD = _("That isn't the password of this account.")
WRONG_REGISTRATION_PASSWORD = _("That isn't the password you chose when you registered.")
WRONG_RECOVERY = _(
    "That isn't one of your unused recovery codes. Check it letter by letter; each works once."
)
CODE_EXPIRED = _("That code has expired. We can send a new one.")
SPENT = _("Too many wrong codes.")
CODE_SPENT = _("That code can't be tried any more. We can send a new one.")
UNCHECKED = _(
    "We couldn't check the code just now. Type it again in a moment, send another one, "
    "or use a recovery code."
)
UNCHECKED_NUMBER = _(
    "We couldn't check the code just now. Type it again in a moment, or send another one."
)
OUT_OF_TRIES = NOTICES["out_of_tries"]
OUT_OF_TRIES_NUMBER = _("Too many wrong codes. Change the number, or type it again, for a new one.")
OUT_OF_TRIES_PROOF = _("Too many wrong codes. Come back in ten minutes for a new one.")
OUT_OF_TRIES_OFF = _("Too many wrong codes. Use a recovery code, or come back in ten minutes.")
FACTOR_OFF = _("Codes by text message are switched off for this account. Use a recovery code.")
OUT_OF_TRIES_APP = _("Too many wrong codes. Sign in again, or use a recovery code.")
APP_OFF = _("Codes from your app are switched off for this account. Try another way.")
NO_APP = _("This account has no authenticator app. Use another way.")
APP_LAPSED = _("This took too long. Remove the entry from your app, and scan this new code.")
NUMBER_TAKEN = _("This number can't be used here. Use another one.")
OTHER_NUMBER = _("Your account has another number. Type that one, or change it first.")
SAME_NUMBER = _("That is your number already. Type the one that is to take its place.")
SAME_EMAIL = _("That is your address already. Type the one that is to take its place.")
WEAKNESS = {
    Weakness.TOO_LONG: _("That is longer than 1,024 characters. A shorter one will do."),
    Weakness.OWN_NAME: _(
        "That is made of your address or our name, which a thief tries first. Use other words."
    ),
    Weakness.GUESSABLE: _(
        "That is easy to guess: it is common, or follows a pattern. "
        "A few words that don't belong together are better."
    ),
}
PHONE_FAULT = {
    PhoneFault.MISSING: _("Type your phone number."),
    PhoneFault.UNREADABLE: _(
        "We can't read that as a phone number. Use digits, with the country code first: "
        "+1 415 555 0123."
    ),
    PhoneFault.EXTENSION: _("A text can't reach an extension. Enter a mobile number without one."),
    PhoneFault.NEEDS_COUNTRY: _(
        "Which country is this number in? Choose it, or start with the country code, as in +1."
    ),
    PhoneFault.TOO_SHORT: _("That number is too short. Check that all digits are there."),
    PhoneFault.TOO_LONG: _("That number is too long. Check it for a digit too many."),
    PhoneFault.UNKNOWN: _("We don't know such a number. Check the country code and the digits."),
    PhoneFault.LANDLINE: _("That is a landline, which can't get text messages. Use a mobile."),
    PhoneFault.NOT_MOBILE: _("That isn't a mobile number. Use one that gets text messages."),
    PhoneFault.NOT_SERVED: _("We can't send messages to that country yet. Use another number."),
}
NOT_SENT = _("We couldn't send the message to this number.")
FAILED = {
    Reason.NONE: NOT_SENT,
    Reason.NUMBER: _("This number can't get our message."),
    Reason.LANDLINE: _("This number looks like a landline, which can't get text messages."),
    Reason.OPTED_OUT: _("This number has asked not to get our messages."),
    Reason.COUNTRY: _("We can't send messages to this number's country yet."),
    Reason.REFUSED: _("The message to this number was refused."),
    Reason.PROVIDER: NOT_SENT,
    Reason.BUDGET: _("We have sent as many messages as we may for now."),
    Reason.EXPIRED: _("The message didn't get out in time."),
    Reason.LOCKED: _("We send nothing while code entry rests."),
    Reason.UNKNOWN: NOT_SENT,
    Reason.DISABLED: FACTOR_OFF,
}
OTHER_WAYS = _("Try again, or use a recovery code.")
TRY_AGAIN = _("Try again.")
TRY_LATER = _("Try again later.")
USE_RECOVERY = _("Use a recovery code.")
CHANGE_NUMBER = _("Change the number.")
WAIT_OR_RECOVERY = _("Try again later, or use a recovery code.")
RESTS = _("Too many wrong codes. Try again in %(time)s.")
RESTS_OR_RECOVERY = _("Too many wrong codes. Try again in %(time)s, or use a recovery code.")
ON_ITS_WAY = _("On its way")
UNSURE = _("It may be on its way. If nothing comes in a minute, send another code.")
ENTER_FIRST_NAME = _("Type your first name.")
ENTER_LAST_NAME = _("Type your last name.")
ENTER_EMAIL = _("Type your e-mail address.")
ENTER_PASSWORD = _("Type your password.")
CHOOSE_PASSWORD = _("Choose a password.")
ENTER_CODE = _("Type the code from the message.")
ENTER_APP_CODE = _("Type the code from your app.")
ENTER_RECOVERY = _("Type one of your recovery codes.")


def weakness(found: Weakness, min_length: int) -> str:
    """Return the translated sentence that says why a new password is refused."""
    if found is Weakness.TOO_SHORT:
        return gettext(
            "That is too short. Use at least %(length)s characters; a few words will do.",
            length=min_length,
        )
    return str(WEAKNESS[found])
