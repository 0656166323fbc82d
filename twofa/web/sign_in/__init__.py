"""Sign-in, registration and the pages around them."""

from twofa.web.sign_in import (
    confirm_email,
    dashboard,
    login,
    password_reset,
    phone_sign_in,
    reauthenticate,
    recover_takeover,
    register,
)

BLUEPRINTS = (
    confirm_email.confirm_email,
    dashboard.dashboard,
    login.home,
    login.login,
    login.logout,
    password_reset.recover,
    reauthenticate.identity,
    recover_takeover.wasnt_me,
)
REGISTRATION = register.register
"""Where anybody may make an account."""
PHONE_SIGN_IN = phone_sign_in.phone
"""Where sign-in by phone is open."""
