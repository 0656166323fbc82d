"""Sign-in, registration, password reset, reauthentication and the dashboard."""

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
"""Registered where anybody may create an account."""
PHONE_SIGN_IN = phone_sign_in.phone
"""Registered where sign-in by phone is enabled."""
