"""TEMPLATES_DIR: the operator's templates replace ours, and a broken one stops the start."""

import logging

import pytest
from support.site.world import PUBLIC_URL

from twofa.configuration.settings import ConfigError

OF_OURS = "{% extends 'ours/login.html' %}{% block step %}<p>For keepers</p>{% endblock %}"


@pytest.fixture
def themed(make_world, tmp_path):
    """Return a function that builds an installation with these templates of its own."""

    def make(**files):
        folder = tmp_path / "theme"
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        return make_world(templates_dir=str(folder))

    return make


def test_a_page_extends_the_one_that_it_replaces(themed):
    browser = themed(**{"login.html": OF_OURS}).browser()
    browser.get("/login")
    assert "For keepers" in browser.page.text
    assert browser.page.heading == "Sign in"
    browser.get("/register")
    assert "For keepers" not in browser.page.text


def test_the_frame_of_every_page_may_be_extended(themed):
    frame = (
        "{% extends 'ours/frame.html' %}"
        "{% block foot %}<footer>Lighthouse Ltd {{ super() }}</footer>{% endblock %}"
    )
    browser = themed(**{"frame.html": frame}).browser()
    for path in ("/login", "/nope"):
        browser.get(path)
        assert "Lighthouse Ltd" in browser.page.all("footer")[0].text
        assert "Help: help@example.com" in browser.page.all("footer")[0].text


def test_a_mail_may_be_replaced(themed):
    mail = (
        "{% extends 'ours/mail/confirm.html' %}"
        "{% block subject %}Welcome to {{ app_name }}{% endblock %}"
        "{% block body %}{{ m.para('Open it & go.') }}{{ m.button('Go', link) }}{% endblock %}"
    )
    world = themed(**{"mail/confirm.html": mail})
    world.browser().post("/register", {"email": "new@example.com", "password": "made-up-long-1"})
    [sent] = world.mails("new@example.com")
    assert sent.subject == "Welcome to Harbour"
    assert "Open it & go." in sent.text
    assert f"{PUBLIC_URL}{sent.link}" in sent.text
    assert "<p>Open it &amp; go.</p>" in sent.html
    assert f'href="{PUBLIC_URL}{sent.link}"' in sent.html


def test_what_a_template_shares_stands_in_a_file_beside_it(themed, caplog):
    with caplog.at_level(logging.WARNING, "twofa.start"):
        browser = themed(**{
            "login.html": OF_OURS.replace("For keepers", "{% include '_motto.html' %}"),
            "_motto.html": "For keepers", ".login.html.swp": b"\xff", "logo.png": b"\xff",
        }).browser()  # fmt: skip
    browser.get("/login")
    assert "For keepers" in browser.page.text
    assert caplog.messages == []


def test_a_name_that_none_of_ours_has_is_warned_of(themed, caplog):
    with caplog.at_level(logging.WARNING, "twofa.start"):
        themed(**{"logn.html": OF_OURS})
    assert caplog.messages == [
        "TEMPLATES_DIR: logn.html replaces none of ours, and no other draws on it"
    ]


def test_every_broken_template_stops_the_start_with_a_line_of_its_own(themed):
    with pytest.raises(ConfigError) as caught:
        themed(**{
            "login.html": "{% block content %}\n{% if %}",
            "register.html": "\n{{ 'x'|shout }}",
            "error.html": b"\xff\xfe",
            "dashboard.html": "{% extends 'ours/dashbord.html' %}",
            "mail/reset.html": "{% include 'ours/mail/_mail.html' %}",
            "_parts.html": "{% macro row() %}{% endmacro %}{% set rows = row %}",
        })  # fmt: skip
    found = caught.value.faults
    assert found[:4] == [
        "TEMPLATES_DIR: error.html is no UTF-8 text",
        "TEMPLATES_DIR: login.html, line 2: Expected an expression, got 'end of statement block'",
        "TEMPLATES_DIR: register.html, line 2: No filter named 'shout'.",
        "TEMPLATES_DIR: _parts.html lacks the macro address of ours",
    ]
    assert "TEMPLATES_DIR: dashboard.html needs ours/dashbord.html, which isn't there" in found
    named = {fault.split()[1].rstrip(",") for fault in found}
    assert "mail/reset.html" not in named
    assert not any("macro row" in fault for fault in found)
