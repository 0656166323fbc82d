"""Pages of a host application by the public names: our frame, rules of their own for answers."""

import subprocess
import sys

import pytest
from flask import Blueprint, Response, abort, request
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING
from support.servers.gunicorn import ROOT

import twofa
from twofa import Access, access, page, page_rules
from twofa.domain.policy import Policy
from twofa.web.http.headers import CSP

POLICY = "img-src 'self' https://pictures.example"
OWN = f"{POLICY}; frame-ancestors 'none'"
KEPT = "private, max-age=60"
FORM = (
    "{% extends 'base.html' %}{% block title %}Orders{% endblock %}{% block content %}"
    "<p>Orders of {{ owner }}</p><form method=post novalidate action=/orders/note>"
    "<input type=hidden name=csrf_token value='{{ csrf_token() }}'>"
    "<label for=note>Note</label><input id=note name=note autocomplete=off>"
    "<button>Save</button></form>{% endblock %}"
)
CAP, MORE = Policy().body_bytes, 2_000_000


def shop(folder):
    """Return the blueprint of a shop, its template in a folder of its own."""
    (folder / "orders.html").write_text(FORM, "utf-8")
    orders = Blueprint("orders", __name__, url_prefix="/orders", template_folder=str(folder))

    @orders.get("/")
    @page_rules(csp=POLICY + ";", cache=KEPT)
    def show():
        return page("orders.html", owner="the shop")

    @orders.post("/note")
    @page_rules(body=MORE)
    def note():
        return Response(status=303, headers={"Location": f"/orders/?{len(request.form['note'])}"})

    @orders.get("/missing")
    @page_rules(cache=KEPT)
    def missing():
        abort(404)

    @orders.get("/plain")
    def plain():
        return {"csp": "ours"}

    return orders


def gallery():
    """Return a blueprint that has rules, within another that has others."""
    outer = Blueprint("gallery", __name__, url_prefix="/gallery")
    inner = page_rules(cache=KEPT)(Blueprint("rooms", __name__, url_prefix="/rooms"))

    @inner.get("/one")
    @page_rules(csp="default-src 'self'")
    @access(Access.PUBLIC)
    def one():
        return {"room": 1}

    inner.add_url_rule("/two", "two", access(Access.PUBLIC)(lambda: {"room": 2}))
    outer.register_blueprint(inner)
    return page_rules(csp=POLICY, cache="no-cache")(outer)


@pytest.fixture(scope="module")
def host(build_states, tmp_path_factory):
    def add(app):
        app.register_blueprint(shop(tmp_path_factory.mktemp("templates")))
        app.register_blueprint(gallery())
        # An endpoint that looks like one of a blueprint, and is of none.
        app.add_url_rule("/odd", "nobody.odd", access(Access.PUBLIC)(lambda: {"odd": True}))

    return build_states(before=add)


def rules(answer):
    return answer.headers["Content-Security-Policy"], answer.headers["Cache-Control"]


def test_a_page_of_the_hosts_stands_in_our_frame_under_its_own_rules(host):
    browser = host.browser(CODE)
    answer = browser.request("GET", "/orders/")
    assert answer.status_code == 200
    assert "Orders of the shop" in answer.text
    assert host.alice.email in answer.text, "the frame says who is signed in"
    assert rules(answer) == (OWN, KEPT)
    assert len(answer.headers.getlist("Content-Security-Policy")) == 1
    assert rules(browser.request("GET", "/orders/plain")) == (CSP, "no-store")
    assert rules(browser.request("GET", "/settings")) == (CSP, "no-store")


@pytest.mark.parametrize("state", [NO_SESSION, PENDING])
def test_who_is_sent_away_gets_our_rules(host, state):
    answer = host.browser(state).request("GET", "/orders/")
    assert answer.status_code == 302
    assert rules(answer) == (CSP, "no-store")


def test_an_error_is_never_kept(host):
    answer = host.browser(CODE).request("GET", "/orders/missing")
    assert (answer.status_code, rules(answer)) == (404, (CSP, "no-store"))


def test_a_view_may_take_larger_bodies_and_its_neighbours_do_not(host):
    browser = host.browser(CODE)
    fits = {"note": "x" * (MORE - 1000)}
    answer = browser.post("/orders/note", fits, on="/orders/")
    assert answer.location == f"/orders/?{MORE - 1000}"
    assert browser.post("/orders/note", {"note": "x" * MORE}, on="/orders/").status_code == 413
    ours = {"first_name": "x" * CAP}
    assert browser.post("/settings/profile", ours).status_code == 413


def test_rules_of_a_blueprint_hold_for_its_views_and_the_nearest_wins(host):
    browser = host.browser()
    assert rules(browser.request("GET", "/gallery/rooms/two")) == (OWN, KEPT)
    own = "default-src 'self'; frame-ancestors 'none'"
    assert rules(browser.request("GET", "/gallery/rooms/one")) == (own, KEPT)
    assert rules(browser.request("GET", "/odd")) == (CSP, "no-store")


@pytest.mark.parametrize(
    "wrong",
    [
        {"csp": "default-src 'self'; Frame-Ancestors *"}, {"csp": "img-src *\r\nSet-Cookie: a=b"},
        {"cache": "private\n"}, {"cache": "privé"}, {"body": -1},
    ],
)  # fmt: skip
def test_rules_that_cannot_hold_are_refused(wrong):
    with pytest.raises(ValueError, match=r"csp|cache|body"):
        page_rules(**wrong)


def test_what_host_applications_use_is_named_and_nothing_else_is_made_up():
    for name in ("Access", "access", "create_app", "load_settings", "page", "page_rules"):
        assert name in twofa.__all__
        assert getattr(twofa, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'pages'"):
        twofa.pages  # noqa: B018 - looked up for its error


def test_the_public_names_load_no_page_until_one_is_used():
    code = (
        "import sys; from twofa import Access, create_app, load_settings; "
        "sys.exit(any(name.startswith('twofa.web') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0  # noqa: S603 - our own line
