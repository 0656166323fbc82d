"""/settings: changes that the owner of an account can make."""

from flask import Blueprint

change_phone_pages = Blueprint("change_phone", __name__)
two_factor_pages = Blueprint("twofa", __name__)

from twofa.web.settings import (  # noqa: E402 - the views need their blueprints
    activity,
    apps,
    authenticator_app,
    change_phone,
    delete,
    disable,
    email,
    export,
    overview,
    password,
    profile,
    recovery_codes,
    sessions,
    two_factor,
    verify_current_phone,
)

BLUEPRINTS = (
    activity.activity,
    apps.apps,
    change_phone_pages,
    delete.delete,
    email.change_email,
    export.data,
    overview.settings,
    password.password,
    profile.profile,
    sessions.sessions,
    two_factor_pages,
)

__all__ = [
    "BLUEPRINTS",
    "authenticator_app",
    "change_phone",
    "disable",
    "recovery_codes",
    "two_factor",
    "verify_current_phone",
]
