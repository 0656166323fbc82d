"""Every route, by every method, in every state of a sign-in, against a table written out here."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from support.browser.route_table import FORMS, GONE, JSON, LEADS, ROUTES, SPLIT
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

OPEN, LOGIN, SECOND, PROOF, DONE = "", "/login", "/verify-otp", "/confirm-identity", "/dashboard"
PASSWORD = "/verify-password"
OUT = dict.fromkeys((NO_SESSION, ENDED, VISIT, PROVED), LOGIN)
IN = dict.fromkeys((PLAIN, CODE, STALE), DONE)
DOORS = {
    Access.PUBLIC: dict.fromkeys(STATES, OPEN),
    Access.GUEST: {**dict.fromkeys(STATES, OPEN), **IN},
    Access.PENDING: {**OUT, PENDING: OPEN, BY_PHONE: OPEN, **IN},
    Access.STEP: {**OUT, **dict.fromkeys((PENDING, BY_PHONE, PLAIN, CODE, STALE), OPEN)},
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
