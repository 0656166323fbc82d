"""Installation of the pages, in the order in which their hooks must run."""

from datetime import timedelta

from flask import Flask, Response, g, request
from flask_babel import Babel

from twofa.adapters.dispatch import Dispatcher
from twofa.adapters.inbox import Inbox
from twofa.domain.settings import Settings
from twofa.web import api, code_step, front_door, oidc, ops, passkeys, sign_in
from twofa.web import settings as settings_pages
from twofa.web.fast import csrf as fast_csrf
from twofa.web.http import cors, error_pages, guard, headers, rate_limits, unread_body
from twofa.web.http.client_address import ForwardedHeaders
from twofa.web.http.route import OURS, current_rules
from twofa.web.page import compression, pages
from twofa.web.page.link_token import LinkToken
from twofa.web.sessions import browser, current_user, trusted_cookies

PACKAGES = (sign_in, code_step, settings_pages, passkeys, ops, api, oidc)


def install(app: Flask, settings: Settings, *, dispatcher: Dispatcher, inbox: Inbox) -> None:
    """Install all pages and request hooks: host check and guard come first, headers last."""
    _configure(app, settings)
    _frame(app, settings, dispatcher)
    rate_limits.install(app, settings)
    csrf = cors.FormProtection(app)
    for blueprint in (*ops.WITHOUT_FORM_TOKEN, *api.WITHOUT_FORM_TOKEN, *oidc.WITHOUT_FORM_TOKEN):
        csrf.exempt(blueprint)
    fast_csrf.install(app)
    Babel(app, locale_selector=_locale)
    current_user.install(app)
    pages.install(app, settings)
    error_pages.install(app)
    for package in PACKAGES:
        for blueprint in package.BLUEPRINTS:
            app.register_blueprint(blueprint)
    app.register_blueprint(ops.LOGOS(settings))
    if settings.registration == "open":
        app.register_blueprint(sign_in.REGISTRATION)
    if settings.policy.phone_sign_in != "off":
        app.register_blueprint(sign_in.PHONE_SIGN_IN)
    if settings.development:
        app.register_blueprint(ops.INBOX(inbox))
    app.wsgi_app = unread_body.closer(app.wsgi_app)  # type: ignore[method-assign,assignment]  # flask's documented way
    if settings.trusted_proxies:
        app.wsgi_app = ForwardedHeaders(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]  # flask's documented way
    front_door.install(app, settings, csrf)


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
        WTF_I18N_ENABLED=False,  # WTForms would parse its catalogue for each form
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it checks the Referer only: see web/http/cors.py
        BABEL_DEFAULT_LOCALE="en",
        BABEL_DEFAULT_TIMEZONE="UTC",
        TEMPLATES_AUTO_RELOAD=False,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
    )


def _locale() -> str:
    return "en"


def _frame(app: Flask, settings: Settings, dispatcher: Dispatcher) -> None:
    """Register the first and the last hook of a request: one function each, for speed."""
    check = guard.checker(app, settings)
    add_headers = headers.adder(settings)

    def begin() -> Response | None:
        dispatcher.hold()  # messages are sent after the response
        rules = current_rules()
        if rules.body is not None:  # before anything reads it
            request.max_content_length = request.max_form_memory_size = rules.body
        refusal = check()
        if refusal is None and rules is not OURS:
            g.page_rules = rules
        return refusal

    def finish(response: Response) -> Response:
        response.call_on_close(dispatcher.release)
        guard.note_seen(response)
        browser.set_device_cookie(response)
        trusted_cookies.set_cookie(response)
        compression.compress(response)
        add_headers(response)
        if settings.api_allowed_origins:
            cors.add_headers(response)
        return response

    app.before_request(begin)
    app.after_request(finish)
