"""One address has one form, however it is spelt: stored, looked up, counted and mailed to."""

from dataclasses import replace

import pytest
from sqlalchemy import update
from support.site.concurrency import address
from support.site.mailbox import Mailbox
from support.site.rows import RowMaker, fresh
from support.site.world import PASSWORD, TEST_POLICY, mail
from support.stories.api_program import Program, code_of

from twofa.storage.accounts import users
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import changed
from twofa.web.page.form_fields import ASCII_ONLY, NO_ADDRESS
from twofa.web.text.sentences import SAME_EMAIL

UMLAUT, KANA = (
    ("b\u00fccher.example", "xn--bcher-kva.example"),
    ("\u4f8b.example", "xn--fsq.example"),
)
SPELLINGS = {
    "the browser's": (*UMLAUT, "xn--bcher-kva.example"),
    "the browser's in capitals": (*UMLAUT, "XN--BCHER-KVA.Example"),
    "capitals": (*UMLAUT, "B\u00dcCHER.EXAMPLE"),
    "decomposed letters": (*UMLAUT, "bu\u0308cher.example"),
    "an ideographic full stop": (*KANA, "\u4f8b\u3002example"),
    "full-width letters": (*UMLAUT, "\uff42\u00fccher.\uff45xample"),
}


@pytest.mark.parametrize(
    ("domain", "wire"),
    [
        ("fa\u00df.example", "xn--fa-hia.example"),
        ("\u03b2\u03cc\u03bb\u03bf\u03c2.example", "xn--nxasmm1c.example"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
    ],
    ids=["sharp s", "final sigma", "an umlaut"],
)
def test_mail_goes_to_the_domain_that_was_typed_and_to_no_other(site, domain, wire):
    name = f"ceo-{address()}"
    before = len(site.mailbox.mails)
    browser = site.stranger()
    browser.post("/register", {"email": f"{name}@{domain}", "password": PASSWORD})
    link = site.mails(f"{name}@{wire}")[-1].link
    assert browser.post(link).location == "/dashboard"
    site.stranger().post("/forgot-password", {"email": f"{name}@{domain}"})
    site.post()
    ours = [mail for mail in site.mailbox.mails[before:] if mail.to.startswith(name)]
    assert {mail.to for mail in ours} == {f"{name}@{wire}"}
    assert len(ours) >= 2
    assert f"To: {name}@{wire}".encode() in ours[0].raw
    # Another domain than the one that IDNA 2003 makes of it.
    other = domain.replace("\u00df", "ss").replace("\u03c2", "\u03c3").replace("\u00fc", "u")
    assert site.stranger().sign_in(f"{name}@{other}").status_code == 422


@pytest.mark.parametrize(("domain", "wire", "typed"), SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_of_an_address_is_the_same_account(site, domain, wire, typed):
    name = f"dora-{address()}"
    email, spelt, sent_to = f"{name}@{domain}", f"{name}@{typed}", f"{name}@{wire}"
    browser = site.stranger()
    browser.post("/register", {"email": spelt, "password": PASSWORD})
    assert browser.post(site.mails(sent_to)[-1].link).location == "/dashboard"
    [user] = [one for one in site.rows(User) if one.email.startswith(name)]
    assert (user.email, user.email_key) == (email, email)
    for spelling in (email, spelt.upper()):
        mine = site.stranger()
        assert mine.sign_in(spelling).location == "/dashboard"
        assert Program(site).sign_in(spelling, PASSWORD).json == {"status": "signed_in"}
    site.stranger().post("/register", {"email": spelt, "password": PASSWORD})
    assert "/confirm-email/" not in site.mails(sent_to)[-1].text, "the owner is told"
    mine.post("/settings/email", {"email": spelt})
    assert mine.page.errors == [str(SAME_EMAIL)]


def test_spellings_share_their_limits(site):
    name = f"dora-{address()}"
    spellings = [f"{name}@b\u00fccher.example", f"{name}@xn--bcher-kva.example"]
    for turn in range(10):
        assert site.stranger().sign_in(spellings[turn % 2]).status_code == 422
    assert site.stranger().sign_in(spellings[0]).status_code == 429
    assert site.stranger().sign_in(spellings[1]).status_code == 429
    for turn in range(6):
        answer = site.stranger().post(
            "/register", {"email": spellings[turn % 2], "password": PASSWORD}
        )
        assert answer.location == "/register/sent"
    site.settle()
    assert len(site.mailbox.to(spellings[1])) == 5


def test_commands_take_every_spelling(world):
    type_ = world.app.test_cli_runner().invoke
    spellings = [
        "eve@xn--mnchen-3ya.example",
        "eve@m\u00fcnchen.example",
        "Eve@mu\u0308nchen\u3002example",
    ]
    made = [type_(args=["users", "create", one, "--password", PASSWORD]) for one in spellings]
    assert [one.exit_code for one in made] == [0, 1, 1]
    assert "A user with this email already exists." in made[1].output
    for spelling in spellings:
        shown = type_(args=["users", "show", spelling])
        assert "eve@m\u00fcnchen.example" in shown.output


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u0434\u043e\u0440\u0430-{0}@example.com", "\u0434\u043e\u0440\u0430-{0}@example.com"),
        ("jose\u0301-{0}@b\u00fccher.example", "jos\u00e9-{0}@b\u00fccher.example"),
        ("\u7528\u6237{0}@\u4f8b\u3002example", "\u7528\u6237{0}@\u4f8b.example"),
    ],
    ids=["Cyrillic", "an accent apart", "Chinese"],
)
def test_every_script_stands_before_the_at_sign_where_the_mail_server_takes_it(site, typed, kept):
    number, browser = address(), site.stranger()
    browser.post("/register", {"email": typed.format(number), "password": PASSWORD})
    site.settle()
    mailed = site.mailbox.mails[-1]
    assert mailed.to.split("@")[0] == kept.format(number).split("@")[0]
    assert mailed.to.isascii() is False
    assert mailed.to.split("@")[1].isascii()
    assert browser.post(mailed.link).location == "/dashboard"
    assert site.stranger().sign_in(kept.format(number).upper()).location == "/dashboard"
    assert kept.format(number) in [user.email for user in site.rows(User)]


def test_where_it_does_not_every_door_says_so_whoever_has_the_address(make_site):
    taken, free = "jos\u00e9@example.com", "jo\u00e3o@example.com"
    with Mailbox(enable_SMTPUTF8=False) as plain:
        site = make_site(mail=mail(plain))
        RowMaker(site).do(
            users.add, public_id=fresh(), email=taken, password_hash="made-up",
            now=site.clock(),
        )  # fmt: skip
        carol, before = site.signed_in(site.carol), len(plain.mails)
        for email in (taken, free):
            for browser, path in (
                (site.stranger(), "/register"),
                (site.stranger(), "/forgot-password"),
                (carol, "/settings/email"),
            ):
                assert browser.post(path, {"email": email, "password": PASSWORD}).status_code == 422
                assert browser.page.errors == [str(ASCII_ONLY)], path
            visitor = Program(site)
            number = site.number()
            visitor.post("session", {"phone": number})
            visitor.post("session/otp", {"code": site.code(number)})
            names = {"first_name": "Jo", "last_name": "Silva", "email": email}
            assert code_of(visitor.post("session/details", names)) == (400, "email_invalid")
            words = ["users", "create", email, "--password", PASSWORD]
            made = site.app.test_cli_runner().invoke(args=words)
            assert "doesn't support SMTPUTF8" in made.output
        site.post()
        assert plain.mails[before:] == []
        assert site.stranger().sign_in(taken).status_code == 422


def test_a_mail_server_that_is_away_refuses_no_address(make_site):
    with Mailbox() as gone:
        settings = mail(gone)
    browser = make_site(mail=settings).stranger()
    fields = {"email": "jos\u00e9@example.com", "password": PASSWORD}
    assert browser.post("/register", fields).location == "/register/sent"


@pytest.mark.parametrize(
    "email",
    [
        "dora@corp.local", "dora@mail.corp.local", "dora@home.arpa", "dora@ci.test",
        "dora@mailhost", "dora@Mailhost", "dora@b\u00fccher.corp.local",
    ],
)  # fmt: skip
def test_domains_of_an_intranet_are_taken_where_the_operator_names_them(make_site, email):
    named = ("corp.local", "home.arpa", "test", "mailhost")
    site = make_site(policy=replace(TEST_POLICY, email_domains=named))
    browser = site.stranger()
    assert browser.post("/register", {"email": email, "password": PASSWORD}).status_code == 303
    site.settle()
    assert browser.post(site.mailbox.mails[-1].link).location == "/dashboard"
    assert site.stranger().sign_in(email).location == "/dashboard"
    for other in ("dora@local", "dora@xcorp.local", "dora@intranet", "dora@192.0.2.1"):
        stranger = site.stranger()
        assert stranger.post("/register", {"email": other, "password": PASSWORD}).status_code == 422
        assert stranger.page.errors == [str(NO_ADDRESS)]


def test_of_two_accounts_with_one_address_it_leads_to_the_one_that_is_spelt_as_usual(site):
    name, other = f"dora-{address()}", "vast-gloom-ate-72-herons"
    browser, usual = site.stranger(), f"{name}@b\u00fccher.example"
    kept, sent_to = f"{name}@xn--bcher-kva.example", f"{name}@xn--bcher-kva.example"
    browser.post("/register", {"email": usual, "password": PASSWORD})
    browser.post(site.mails(sent_to)[-1].link)
    maker = RowMaker(site)  # as an import of old made it
    hashed = site.services.hasher.hash(other)
    left = maker.do(
        users.add, public_id=fresh(), email=fresh(), password_hash=hashed, now=site.clock()
    )
    values = {"email": kept, "email_key": kept}
    maker.do(changed, update(User).where(User.id == left).values(values))
    for typed in (usual, kept, usual.upper()):
        assert site.stranger().sign_in(typed).location == "/dashboard"
        assert site.stranger().sign_in(typed, other).status_code == 422, "as an unknown address"
    assert {usual, kept} <= {user.email for user in site.rows(User)}, "both stay"
