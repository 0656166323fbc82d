"""Every email: the same content as plain text and as HTML, complete, light and self-contained."""

import re
from email import message_from_bytes, policy
from html import unescape

import pytest
from support.site.world import PUBLIC_URL
from support.source.banned_words import banned_in
from support.stories.every_mail import NOTICES, TEMPLATES, Owner

from twofa.domain.events import Event
from twofa.web.text.notice_words import TOLD

NAMES = ["O'Neil & Sons", 'The "Quay" <Club>', "\u0141\u00f3d\u017a & S\u00f6hne"]
CONTACT = "https://help.example.com/?about=sign-in&from=mail"
MOST = 20_000
URL = re.compile(r"https?://[^\s<>\"]+")
LOADED = re.compile(r"<(?:img|link|script|iframe|object|video)|\b(?:src|background)=|url\(|@import")
CONFIRM = {"confirm", "new_address"}
"""Emails to addresses that may belong to anyone: they name nobody and no time."""
IDS = [f"{event.value} {values}".strip(" {}") for event, values in NOTICES]


@pytest.fixture
def ada(world):
    """Return the owner of an account, in Berlin."""
    return Owner(world)


def words(html):
    """Return the words of a page, without its style."""
    body = re.sub(r"<style>.*?</style>|<!doctype html>", "", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", body))


def read(text):
    return " ".join(text.split())


def check(mail):
    """Assert what is true of every email."""
    message = message_from_bytes(mail.raw, policy=policy.default)
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert mail.raw.isascii()
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
    assert len(mail.raw) < MOST
    links = URL.findall(mail.text)
    hrefs = re.findall(r'href="([^"]+)"', mail.html)
    shown = URL.findall(words(mail.html))
    assert set(links) == set(map(unescape, hrefs)) == set(shown)
    assert all(link.startswith(f"{PUBLIC_URL}/") for link in links)
    assert mail.html.count('class="button"') <= 1
    assert not LOADED.search(mail.html)
    assert re.search(r'<html lang="en" dir="ltr">', mail.html)
    for part in (mail.text, words(mail.html)):
        assert "help@example.com" in part
        assert "We sent this email because" in read(part)
        assert "%(" not in part
        assert banned_in(URL.sub("", part)) == []
    assert all(len(line) <= 72 or "://" in line for line in mail.text.splitlines())
    paragraphs = [read(one) for one in re.split(r"(?:\r?\n){2,}", mail.text) if "://" not in one]
    drawn = read(words(mail.html))
    for paragraph in paragraphs:
        whole = paragraph if ": " not in paragraph else paragraph.partition(": ")[0]
        assert whole in drawn or whole == "--", whole


@pytest.mark.parametrize("template", TEMPLATES)
def test_an_email_is_whole_in_both_parts(ada, template):
    mail = ada.gets(template)
    check(mail)
    greeted = template not in CONFIRM
    for part in (mail.text, words(mail.html)):
        assert ("Hi Ada," in part) == greeted
        assert "UTC" not in part


def test_emails_with_a_time_write_it_in_the_zone_of_the_owner(ada):
    found = {t for t in TEMPLATES if "(Berlin time)" in read(ada.gets(t).text)}
    assert found == {"address_taken", "deleted", "phone_link", "taken"}


def test_every_event_that_is_reported_is_among_those_tested():
    assert {event for event, _ in NOTICES} == set(TOLD)


@pytest.mark.parametrize(("event", "values"), NOTICES, ids=IDS)
def test_a_notice_is_whole_in_both_parts(ada, event, values):
    mail = ada.is_told((event, values))
    check(mail)
    assert mail.subject.startswith(str(TOLD[event].title))
    text = read(mail.text)
    assert text.startswith(f"{mail.subject} Hi Ada,")
    assert "(Berlin time) Device: Chrome on Linux IP address: 203.0.113.77" in text
    assert f"{PUBLIC_URL}/wasnt-me/" in text


def test_a_notice_of_many_events_titles_each_and_has_one_button(ada):
    mail = ada.is_told(*NOTICES[:3])
    check(mail)
    assert mail.subject == "3 security updates for your Harbour account"
    assert re.findall(r'<h2 class="title">(.*)</h2>', mail.html) == [
        "Unusual attempts to sign in to your account",
        "New sign-in to your account: Chrome on Linux",
        "Your password was changed",
    ]


def test_a_notice_without_a_link_leads_to_a_new_password(ada):
    mail = ada.is_told((Event.AUTHN_PASSWORD_CHANGE, {}), has_link=False)
    check(mail)
    assert mail.link == "/forgot-password"


@pytest.mark.parametrize("name", ["Call +1 415 555 0123", "evil.example", "x" * 31, "\U0001f600"])
def test_a_name_that_could_carry_a_message_is_no_greeting(ada, world, name):
    page = world.browser()
    page.sign_in(ada.email)
    page.post("/settings/profile", {"first_name": name, "last_name": "Byron"})
    mail = ada.gets("reset")
    assert "Hi " not in mail.text
    assert name not in words(mail.html)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_name_is_escaped_in_html_alone(make_world, template, name):
    world = make_world(app_name=name, support_contact=CONTACT)
    mail = Owner(world).gets(template)
    message = message_from_bytes(mail.raw, policy=policy.default)
    if template != "require_2fa":
        assert name in message["Subject"]
    assert f"Need help? Contact {CONTACT}." in read(mail.text)
    assert "&amp;" not in mail.text
    assert "&#" not in mail.text
    assert name in words(mail.html)
    assert "<Club>" not in mail.html
    assert "&amp;amp;" not in mail.html


def test_the_longest_email_of_all_weighs_less_than_20_kb(make_world):
    world = make_world(app_name="\u0141" * 40, support_contact="\u0141" * 200)
    longest = sorted(NOTICES, key=lambda one: -len(str(TOLD[one[0]].sentence)))[:10]
    with_waiting = Owner(world).is_told(*longest)
    assert 8_000 < len(with_waiting.raw) < MOST


def test_the_button_has_the_operators_colour_and_an_ink_that_is_read_on_it(make_world):
    mail = Owner(make_world(brand_accent="#ffd24a", brand_accent_dark="#7a1fa2")).gets("confirm")
    assert "a.button{background:#ffd24a;color:#06261b}" in mail.html
    assert "a.button{background:#7a1fa2!important;color:#ffffff!important}" in mail.html
