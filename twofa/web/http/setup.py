"""Putting the pages together, in the order in which their hooks must run."""

from datetime import timedelta

from flask import Flask, Response
from flask_babel import Babel

from twofa.adapters.dispatch import Dispatcher
from twofa.adapters.inbox import Inbox
from twofa.domain.settings import Settings
from twofa.web.api.openapi_page import description
from twofa.web.api.session import session_api
from twofa.web.api.verification import verification_api
from twofa.web.code_step.verify_app import verify_otp
from twofa.web.code_step.verify_password import verify_password
from twofa.web.fast import csrf as fast_csrf
from twofa.web.http import cors, error_pages, guard, headers, rate_limits, unread_body
from twofa.web.http.client_address import ForwardedHeaders
from twofa.web.ops import dev
from twofa.web.ops.ops import ops
from twofa.web.ops.webhooks import webhooks
from twofa.web.page import pages
from twofa.web.page.link_token import LinkToken
from twofa.web.sessions import browser, current_user, trusted_cookies
from twofa.web.settings.activity import activity
from twofa.web.settings.delete import delete
from twofa.web.settings.email import change_email
from twofa.web.settings.export import data
from twofa.web.settings.overview import settings as settings_pages
from twofa.web.settings.password import password
from twofa.web.settings.profile import profile
from twofa.web.settings.recovery_codes import twofa
from twofa.web.settings.sessions import sessions
from twofa.web.settings.verify_current_phone import change_phone
from twofa.web.sign_in.confirm_email import confirm_email
from twofa.web.sign_in.dashboard import dashboard
from twofa.web.sign_in.login import home, login, logout
from twofa.web.sign_in.password_reset import recover
from twofa.web.sign_in.phone_sign_in import phone
from twofa.web.sign_in.reauthenticate import identity
from twofa.web.sign_in.recover_takeover import wasnt_me
from twofa.web.sign_in.register import register

PAGES = (
    home,
    login,
    logout,
    recover,
    wasnt_me,
    verify_otp,
    verify_password,
    confirm_email,
    dashboard,
    identity,
    settings_pages,
    twofa,
    profile,
    sessions,
    activity,
    data,
    delete,
    password,
    change_phone,
    change_email,
    ops,
    webhooks,
    session_api,
    verification_api,
    description,
)


def install(app: Flask, settings: Settings, *, dispatcher: Dispatcher, inbox: Inbox) -> None:
    """Install everything a browser sees. Host check and guard first, headers last."""
    _configure(app, settings)
    _frame(app, settings, dispatcher)
    rate_limits.install(app, settings)
    csrf = cors.FormProtection(app)
    csrf.exempt(webhooks)  # providers sign what they post, and hold no session of ours
    csrf.exempt(verification_api)  # knows callers by their keys alone
    csrf.exempt(session_api)  # takes JSON alone, and from our own site alone: web/http/cors.py
    fast_csrf.install(app)
    Babel(app, locale_selector=_locale)
    current_user.install(app)
    pages.install(app, settings)
    error_pages.install(app)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    if settings.registration == "open":
        app.register_blueprint(register)
    if settings.policy.phone_sign_in != "off":
        app.register_blueprint(phone)
    if settings.development:
        app.register_blueprint(dev.blueprint(inbox))
    app.wsgi_app = unread_body.closer(app.wsgi_app)  # type: ignore[method-assign,assignment]  # flask's documented way
    if settings.trusted_proxies:
        app.wsgi_app = ForwardedHeaders(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]  # flask's documented way


def _configure(app: Flask, settings: Settings) -> None:
    app.url_map.converters["token"] = LinkToken
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        SESSION_COOKIE_NAME="__Host-session" if settings.secure else "session",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=settings.policy.session_lifetime_remembered,
        MAX_CONTENT_LENGTH=settings.policy.body_bytes,
        MAX_FORM_MEMORY_SIZE=settings.policy.body_bytes,
        MAX_FORM_PARTS=50,
        WTF_I18N_ENABLED=False,  # every sentence is ours; its catalogue is parsed anew each time
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it asks for a Referer alone: web/http/cors.py
        BABEL_DEFAULT_LOCALE="en",
        BABEL_DEFAULT_TIMEZONE="UTC",
        TEMPLATES_AUTO_RELOAD=False,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
    )


def _locale() -> str:
    return "en"


def _frame(app: Flask, settings: Settings, dispatcher: Dispatcher) -> None:
    """Put our first hook before all others, and our last after them: one each, for speed."""
    check = guard.checker(app, settings)
    add_headers = headers.adder(settings)

    def begin() -> Response | None:
        dispatcher.hold()  # messages leave when the answer is out
        return check()

    def finish(response: Response) -> Response:
        response.call_on_close(dispatcher.release)
        guard.note_seen(response)
        browser.set_device_cookie(response)
        trusted_cookies.set_cookie(response)
        add_headers(response)
        if settings.api_allowed_origins:
            cors.add_headers(response)
        return response

    app.before_request(begin)
    app.after_request(finish)
