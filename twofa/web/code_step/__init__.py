"""The page that asks for a code, for every purpose."""

from flask import Blueprint

second_step_pages = Blueprint("verify_otp", __name__)

from twofa.web.code_step import (  # noqa: E402 - the views need their blueprint
    verify_app,
    verify_otp,
    verify_passkey,
    verify_password,
)

BLUEPRINTS = (second_step_pages, verify_password.verify_password)

__all__ = ["BLUEPRINTS", "verify_app", "verify_otp", "verify_passkey"]
