"""Every route, by every method, in every state of a sign-in, against a table written out here."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from support.browser.sign_in_states import (
    BY_PHONE,
    CODE,
    ENDED,
    NO_SESSION,
    PENDING,
    PLAIN,
    PROVED,
    STALE,
    STATES,
    VISIT,
)

from twofa.domain.sessions.access import Access
from twofa.web.http.guard import level_of
from twofa.web.http.route import CLOSED, Route, declare, declared

ROUTES = {
    "/": (Access.PUBLIC, "GET"),
    "/.well-known/change-password": (Access.PUBLIC, "GET"),
    "/.well-known/jwks.json": (Access.PUBLIC, "GET"),
    "/.well-known/oauth-authorization-server": (Access.PUBLIC, "GET"),
    "/.well-known/openid-configuration": (Access.PUBLIC, "GET"),
    "/.well-known/security.txt": (Access.PUBLIC, "GET"),
    "/api/docs": (Access.PUBLIC, "GET"),
    "/api/openapi.json": (Access.PUBLIC, "GET"),
    "/api/otp-status": (Access.PUBLIC, "POST"),
    "/api/send-otp": (Access.PUBLIC, "POST"),
    "/api/verify-otp": (Access.PUBLIC, "POST"),
    "/api/subjects/<subject>": (Access.PUBLIC, "DELETE"),
    "/api/session/otp": (Access.CODE, "POST"),
    "/api/session/otp/resend": (Access.CODE, "POST"),
    "/api/session/app": (Access.PENDING, "POST"),
    "/api/session/recovery": (Access.PENDING, "POST"),
    "/api/session/details": (Access.VISIT, "POST"),
    "/api/session/password": (Access.PASSWORD, "POST"),
    "/apple-touch-icon.png": (Access.PUBLIC, "GET"),
    "/brand.css": (Access.PUBLIC, "GET"),
    "/brand.svg": (Access.PUBLIC, "GET"),
    "/phone-numbers.js": (Access.PUBLIC, "GET"),
    "/confirm-email/<token:token>": (Access.PUBLIC, "GET POST"),
    "/favicon.ico": (Access.PUBLIC, "GET"),
    "/forgot-password": (Access.GUEST, "GET POST"),
    "/forgot-password/resend": (Access.GUEST, "POST"),
    "/forgot-password/sent": (Access.GUEST, "GET"),
    "/reset-password/<token:token>": (Access.PUBLIC, "GET POST"),
    "/confirm-identity": (Access.SIGNED_IN, "GET POST"),
    "/confirm-identity/resend": (Access.SIGNED_IN, "POST"),
    "/confirm-identity/status": (Access.SIGNED_IN, "GET"),
    "/dashboard": (Access.SIGNED_IN, "GET"),
    "/healthz": (Access.PUBLIC, "GET"),
    "/login": (Access.GUEST, "GET POST"),
    "/login/forget-address": (Access.PUBLIC, "POST"),
    "/logout": (Access.PUBLIC, "POST"),
    "/oidc/authorize": (Access.PUBLIC, "GET POST"),
    "/oidc/token": (Access.PUBLIC, "POST"),
    "/oidc/userinfo": (Access.PUBLIC, "GET POST"),
    "/phone": (Access.GUEST, "GET POST"),
    "/phone/details": (Access.VISIT, "GET POST"),
    "/phone/link": (Access.VISIT, "GET"),
    "/phone/link/resend": (Access.VISIT, "POST"),
    "/phone/link/<token:token>": (Access.VISIT, "GET POST"),
    "/readyz": (Access.PUBLIC, "GET"),
    "/metrics": (Access.PUBLIC, "GET"),
    "/register": (Access.GUEST, "GET POST"),
    "/register/resend": (Access.GUEST, "POST"),
    "/register/sent": (Access.GUEST, "GET"),
    "/settings": (Access.SIGNED_IN, "GET"),
    "/settings/2fa": (Access.SIGNED_IN, "GET"),
    "/settings/2fa/app": (Access.FRESH, "GET POST"),
    "/settings/2fa/app/remove": (Access.FRESH, "POST"),
    "/settings/2fa/confirm": (Access.FRESH, "GET POST"),
    "/settings/2fa/confirm/resend": (Access.FRESH, "POST"),
    "/settings/2fa/confirm/status": (Access.SIGNED_IN, "GET"),
    "/settings/2fa/disable/status": (Access.SIGNED_IN, "GET"),
    "/settings/2fa/disable": (Access.FRESH, "GET POST"),
    "/settings/2fa/disable/resend": (Access.FRESH, "POST"),
    "/settings/2fa/enable": (Access.FRESH, "GET POST"),
    "/settings/2fa/recovery-codes": (Access.FRESH, "GET POST"),
    "/settings/2fa/recovery-codes/new": (Access.SIGNED_IN, "GET"),
    "/settings/2fa/recovery-codes/saved": (Access.SIGNED_IN, "POST"),
    "/settings/activity": (Access.SIGNED_IN, "GET POST"),
    "/settings/apps": (Access.SIGNED_IN, "GET"),
    "/settings/apps/<name>/sign-out": (Access.SIGNED_IN, "POST"),
    "/settings/sessions": (Access.SIGNED_IN, "GET"),
    "/settings/sessions/<name>/revoke": (Access.SIGNED_IN, "POST"),
    "/settings/sessions/revoke-others": (Access.SIGNED_IN, "POST"),
    "/settings/sessions/trusted/<name>/revoke": (Access.SIGNED_IN, "POST"),
    "/settings/sessions/trusted/revoke-all": (Access.SIGNED_IN, "POST"),
    "/settings/data": (Access.FRESH, "GET POST"),
    "/settings/delete": (Access.FRESH, "GET POST"),
    "/settings/email": (Access.FRESH, "GET POST"),
    "/settings/email/resend": (Access.SIGNED_IN, "POST"),
    "/settings/email/sent": (Access.SIGNED_IN, "GET"),
    "/settings/phone": (Access.FRESH, "GET POST"),
    "/settings/phone/remove": (Access.FRESH, "POST"),
    "/settings/phone/confirm": (Access.FRESH, "GET POST"),
    "/settings/phone/confirm/resend": (Access.FRESH, "POST"),
    "/settings/phone/confirm/status": (Access.SIGNED_IN, "GET"),
    "/settings/phone/current": (Access.FRESH, "GET POST"),
    "/settings/phone/current/resend": (Access.FRESH, "POST"),
    "/settings/phone/current/status": (Access.SIGNED_IN, "GET"),
    "/settings/password": (Access.SIGNED_IN, "GET POST"),
    "/settings/profile": (Access.SIGNED_IN, "GET POST"),
    "/static/<path:filename>": (Access.PUBLIC, "GET"),
    "/verify-otp": (Access.CODE, "GET POST"),
    "/verify-otp/app": (Access.PENDING, "GET POST"),
    "/verify-otp/recovery": (Access.PENDING, "GET POST"),
    "/verify-otp/resend": (Access.CODE, "POST"),
    "/verify-otp/status": (Access.CODE, "GET"),
    "/verify-password": (Access.PASSWORD, "GET POST"),
    "/wasnt-me/<token:token>": (Access.PUBLIC, "GET POST"),
    "/webhooks/sms/<gateway>": (Access.PUBLIC, "POST"),
    "/webhooks/sms/<gateway>/<part>": (Access.PUBLIC, "POST"),
}
# Paths whose methods differ in level or in what they answer: by method.
SPLIT = {
    "/api/session": {"GET": Access.SIGNED_IN, "POST": Access.PUBLIC, "DELETE": Access.PUBLIC},
    "/oidc/logout": {"GET": Access.PUBLIC, "POST": Access.PUBLIC},
    "/oidc/continue/<token>": {"GET": Access.PUBLIC, "POST": Access.SIGNED_IN},
}  # fmt: skip
JSON = (
    "/api/session/otp", "/api/session/otp/resend", "/api/session/app", "/api/session/recovery",
    "/api/session/details", "/api/session/password", "/verify-otp/status",
    "/confirm-identity/status",
    "/settings/2fa/confirm/status", "/settings/2fa/disable/status",
    "/settings/phone/confirm/status", "/settings/phone/current/status",
)  # fmt: skip
# Who passes the guard still meets what the view itself says.
GONE = {
    "/api/otp-status": 401,
    "/api/send-otp": 401,
    "/api/verify-otp": 401,
    "/api/subjects/<subject>": 401,
    "/api/session/app": 415,
    "/api/session/recovery": 415,
    "/api/session/otp": 415,
    "/api/session/details": 415,
    "/api/session/password": 415,
    "/api/session/otp/resend": 429,
    "/confirm-email/<token:token>": 410,
    "/confirm-identity/status": 401,
    "/reset-password/<token:token>": 410,
    "/settings/2fa/confirm/status": 401,
    "/settings/2fa/disable/status": 401,
    "/settings/phone/confirm/status": 401,
    "/settings/phone/current/status": 401,
    "/metrics": 403,
    "/oidc/authorize": 400,
    "/oidc/token": 400,
    "/oidc/userinfo": 401,
    "/wasnt-me/<token:token>": 410,
    "/webhooks/sms/<gateway>": 403,
    "/webhooks/sms/<gateway>/<part>": 403,
}
LEADS = {
    ("/settings/2fa/enable", CODE): "/settings/2fa",
    ("/settings/2fa/confirm", CODE): "/settings/2fa",
    ("/settings/2fa/confirm", PLAIN): "/settings/2fa/enable",
    ("/settings/2fa/disable", PLAIN): "/settings/2fa",
    ("/settings/2fa/recovery-codes", PLAIN): "/settings/2fa",
    **{
        ("/settings/2fa/recovery-codes/new", state): "/settings/2fa/recovery-codes"
        for state in (PLAIN, CODE, STALE)
    },
    ("/settings/phone", PLAIN): "/settings/2fa",
    **{
        (f"/settings/phone/{step}", state): "/settings/phone"
        for step in ("confirm", "current")
        for state in (PLAIN, CODE)
    },
    **{("/settings/email/sent", state): "/settings/email" for state in (PLAIN, CODE, STALE)},
    **{
        (f"{page}/sent", state): page
        for page in ("/register", "/forgot-password")
        for state in (NO_SESSION, ENDED, PENDING, BY_PHONE, VISIT, PROVED)
    },
    ("/verify-otp/app", PENDING): "/verify-otp",  # who has no app
    ("/verify-otp/app", BY_PHONE): "/verify-password",
    ("/verify-otp", PROVED): "/phone/details",
    ("/phone/details", VISIT): "/verify-otp",
    ("/phone/link", VISIT): "/verify-otp",
    ("/phone/link", PROVED): "/verify-otp",
    **{("/", state): "/dashboard" for state in STATES},
    **{("/.well-known/change-password", state): "/settings/password" for state in STATES},
}

FORMS = {
    "/login/forget-address": "/login",
    "/logout": "/",
    "/verify-otp/resend": "/verify-otp",
    "/forgot-password/resend": "/forgot-password/sent",
    "/phone/link/resend": "/phone/link",
    "/register/resend": "/register/sent",
    "/settings/email/resend": "/settings/email/sent",
    "/confirm-identity/resend": "/confirm-identity",
    "/settings/2fa/app/remove": "/settings/2fa",
    "/settings/apps/<name>/sign-out": "/settings/apps",
    "/settings/2fa/confirm/resend": "/settings/2fa/confirm",
    "/settings/2fa/disable/resend": "/settings/2fa/disable",
    "/settings/2fa/recovery-codes/saved": "/settings/2fa/recovery-codes",
    "/settings/phone/remove": "/settings/phone",
    "/settings/phone/confirm/resend": "/settings/phone/confirm",
    "/settings/phone/current/resend": "/settings/phone/current",
    "/settings/sessions/<name>/revoke": "/settings/sessions",
    "/settings/sessions/revoke-others": "/settings/sessions",
    "/settings/sessions/trusted/<name>/revoke": "/settings/sessions",
    "/settings/sessions/trusted/revoke-all": "/settings/sessions",
}
"""Pages' addresses that take POST alone, and the page whose form posts there."""

OPEN, LOGIN, SECOND, PROOF, DONE = "", "/login", "/verify-otp", "/confirm-identity", "/dashboard"
PASSWORD = "/verify-password"
OUT = dict.fromkeys((NO_SESSION, ENDED, VISIT, PROVED), LOGIN)
IN = dict.fromkeys((PLAIN, CODE, STALE), DONE)
DOORS = {
    Access.PUBLIC: dict.fromkeys(STATES, OPEN),
    Access.GUEST: {**dict.fromkeys(STATES, OPEN), **IN},
    Access.PENDING: {**OUT, PENDING: OPEN, BY_PHONE: OPEN, **IN},
    Access.CODE: {**OUT, VISIT: OPEN, PROVED: OPEN, PENDING: OPEN, BY_PHONE: PASSWORD, **IN},
    Access.PASSWORD: {**OUT, PENDING: SECOND, BY_PHONE: OPEN, **IN},
    Access.VISIT: {**OUT, VISIT: OPEN, PROVED: OPEN, PENDING: SECOND, BY_PHONE: PASSWORD, **IN},
    Access.SIGNED_IN: {
        **OUT, PENDING: SECOND, BY_PHONE: PASSWORD, PLAIN: OPEN, CODE: OPEN, STALE: OPEN
    },
    Access.FRESH: {
        **OUT, PENDING: SECOND, BY_PHONE: PASSWORD, PLAIN: OPEN, CODE: OPEN, STALE: PROOF
    },
}  # fmt: skip
ANSWERED_BY_PROGRAMS = ("/api/", "/webhooks/", "/oidc/token")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")
HOPS = 3
VALUES = {
    "<token:token>": "no-such-link", "<path:filename>": "app.css",
    "<gateway>": "plivo", "<part>": "no-such-part",
}  # fmt: skip


def test_every_route_stands_in_the_table_with_its_methods(states):
    found = {}
    for rule in states.world.app.url_map.iter_rules():
        found.setdefault(str(rule), set()).update(rule.methods - {"HEAD", "OPTIONS"})
        assert (rule.host, rule.subdomain, rule.websocket) == (None, "", False), rule
    table = {path: set(methods.split()) for path, (_, methods) in ROUTES.items()}
    assert found == table | {path: set(levels) for path, levels in SPLIT.items()}


def test_every_view_says_its_level(states):
    app = states.world.app
    said, split = {}, {path: {} for path in SPLIT}
    for rule in app.url_map.iter_rules():
        level = level_of(app, rule.endpoint)
        if str(rule) in SPLIT:
            (method,) = rule.methods - {"HEAD", "OPTIONS"}
            split[str(rule)][method] = level
        else:
            said[str(rule)] = level
    assert said == {path: level for path, (level, _) in ROUTES.items()}
    assert split == SPLIT


def test_every_view_declares_all_in_its_route(states):
    for endpoint, view in states.world.app.view_functions.items():
        assert isinstance(view.route, Route), endpoint
        assert set(vars(view)) <= {"route", "__wrapped__"}, endpoint


def test_declarations_without_an_access_level_leave_a_view_closed():
    view = declare(declare(lambda: None, counted=False), takes_token=True)
    assert declared(view) == replace(CLOSED, counted=False, takes_token=True)
    assert declared(view).access is Access.SIGNED_IN


def test_every_address_of_a_page_that_takes_post_alone_has_a_page_to_lead_to(states):
    methods = {}
    for rule in states.world.app.url_map.iter_rules():
        methods.setdefault(str(rule), set()).update(rule.methods)
    alone = {path for path, has in methods.items() if "POST" in has and "GET" not in has}
    pages = {path for path in alone if not path.startswith(ANSWERED_BY_PROGRAMS)}
    assert pages == set(FORMS)
    assert all("GET" in methods[page] for page in FORMS.values())


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("path", ROUTES)
def test_a_route_answers_each_method_by_its_level(states, path, state):
    level, methods = ROUTES[path]
    door = DOORS[level][state]
    address = path
    for variable, value in VALUES.items():
        address = address.replace(variable, value)
    has = {*methods.split(), "OPTIONS", *(["HEAD"] if "GET" in methods else [])}
    for method in METHODS:
        browser = states.browser(state)
        answer = browser.request(method, address)
        place = f"{method} {path} with {state}"
        if path in FORMS and method in ("GET", "HEAD"):
            assert (answer.status_code, answer.location) == (303, FORMS[path]), place
            assert "Set-Cookie" not in answer.headers, place
        elif method not in has:
            assert answer.status_code == 405, place
            assert set(answer.headers["Allow"].split(", ")) == has, place
        elif door:
            assert_stopped(answer, door, method=method, json=path in JSON, place=place)
        else:
            assert_open(answer, path, state, method=method, place=place)
        if state in (PENDING, BY_PHONE):
            assert states.alice.email.encode() not in answer.data, place
            assert answer.status_code >= 300 or door == OPEN, place
        follow(browser, answer, address)


def assert_stopped(answer, door, *, method, json, place):
    if json:
        assert answer.status_code == (403 if door in (SECOND, PASSWORD) else 401), place
        assert method == "HEAD" or set(answer.json) == {"error"}, place
        return
    if method == "POST":
        assert answer.status_code == 400, f"{place}: a form without its token gets a fresh one"
        return
    assert answer.status_code == (302 if method in ("GET", "HEAD") else 303), place
    assert urlsplit(answer.location).path == door, place


def assert_open(answer, path, state, *, method, place):
    leads = LEADS.get((path, state))
    if method == "OPTIONS":
        assert (answer.status_code, answer.data) == (200, b""), place
    elif method == "POST" and GONE.get(path, 410) == 410:
        assert answer.status_code == 400, f"{place}: a form without its token gets a fresh one"
    elif leads:
        assert (answer.status_code, answer.location) == (303, leads), place
    else:
        assert answer.status_code == GONE.get(path, 200), place


def follow(browser, answer, address):
    seen = [address]
    while answer.status_code in range(300, 400):
        seen.append(urlsplit(answer.location).path)
        assert len(seen) == len(set(seen)), f"in a circle: {seen}"
        assert len(seen) <= HOPS + 1, f"more than three hops: {seen}"
        answer = browser.request("GET", answer.location)
    assert answer.status_code < 500
