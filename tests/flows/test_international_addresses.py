"""One address has one form, however it is spelt: stored, looked up, counted and mailed to."""

import pytest
from support.crowd import address
from support.program import Program
from support.world import PASSWORD

from twofa.storage.users import User
from twofa.web.words import SAME_EMAIL

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
def test_mail_goes_to_the_domain_that_was_typed_and_to_no_other(village, domain, wire):
    name = f"ceo-{address()}"
    before = len(village.mailbox.mails)
    browser = village.stranger()
    browser.post("/register", {"email": f"{name}@{domain}", "password": PASSWORD})
    link = village.mails(f"{name}@{wire}")[-1].link
    assert browser.post(link).location == "/dashboard"
    village.stranger().post("/forgot-password", {"email": f"{name}@{domain}"})
    village.post()
    ours = [mail for mail in village.mailbox.mails[before:] if mail.to.startswith(name)]
    assert {mail.to for mail in ours} == {f"{name}@{wire}"}
    assert len(ours) >= 2
    assert f"To: {name}@{wire}".encode() in ours[0].raw
    # Another domain than the one that IDNA 2003 makes of it.
    other = domain.replace("\u00df", "ss").replace("\u03c2", "\u03c3").replace("\u00fc", "u")
    assert village.stranger().sign_in(f"{name}@{other}").status_code == 422


@pytest.mark.parametrize(("domain", "wire", "typed"), SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_of_an_address_is_the_same_account(village, domain, wire, typed):
    name = f"dora-{address()}"
    email, spelt, sent_to = f"{name}@{domain}", f"{name}@{typed}", f"{name}@{wire}"
    browser = village.stranger()
    browser.post("/register", {"email": spelt, "password": PASSWORD})
    assert browser.post(village.mails(sent_to)[-1].link).location == "/dashboard"
    [user] = [one for one in village.rows(User) if one.email.startswith(name)]
    assert (user.email, user.email_key) == (email, email)
    for spelling in (email, spelt.upper()):
        mine = village.stranger()
        assert mine.sign_in(spelling).location == "/dashboard"
        assert Program(village).sign_in(spelling, PASSWORD).json == {"status": "signed_in"}
    village.stranger().post("/register", {"email": spelt, "password": PASSWORD})
    assert "/confirm-email/" not in village.mails(sent_to)[-1].text, "the owner is told"
    mine.post("/settings/email", {"email": spelt})
    assert mine.page.errors == [str(SAME_EMAIL)]


def test_spellings_share_their_limits(village):
    name = f"dora-{address()}"
    spellings = [f"{name}@b\u00fccher.example", f"{name}@xn--bcher-kva.example"]
    for turn in range(10):
        assert village.stranger().sign_in(spellings[turn % 2]).status_code == 422
    assert village.stranger().sign_in(spellings[0]).status_code == 429
    assert village.stranger().sign_in(spellings[1]).status_code == 429
    for turn in range(6):
        answer = village.stranger().post(
            "/register", {"email": spellings[turn % 2], "password": PASSWORD}
        )
        assert answer.location == "/register/sent"
    village.settle()
    assert len(village.mailbox.to(spellings[1])) == 5


def test_commands_take_every_spelling(world):
    type_ = world.app.test_cli_runner().invoke
    spellings = [
        "eve@xn--mnchen-3ya.example",
        "eve@m\u00fcnchen.example",
        "Eve@mu\u0308nchen\u3002example",
    ]
    made = [type_(args=["users", "create", one, "--password", PASSWORD]) for one in spellings]
    assert [one.exit_code for one in made] == [0, 1, 1]
    assert "An account with that address exists." in made[1].output
    for spelling in spellings:
        shown = type_(args=["users", "show", spelling])
        assert "eve@m\u00fcnchen.example" in shown.output
