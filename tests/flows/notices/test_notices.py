"""Notices: what happens within a short time is one mail, in full, to the right mailbox."""

import json
import re
from dataclasses import replace
from functools import partial

import pytest
from support.site.concurrency import address, at_once
from support.site.world import PASSWORD, TEST_POLICY

from twofa.domain.accounts.notice import NOTHING, Was
from twofa.domain.events import Event
from twofa.domain.policy import Policy
from twofa.flows import load_data_keys
from twofa.flows.context import Caller
from twofa.flows.notices.compose import write_due
from twofa.flows.notices.queue import mailbox_key, tell
from twofa.storage.accounts.users import User
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import run, transaction
from twofa.storage.notices import notices
from twofa.storage.notices.notices import NoticeRow
from twofa.web.text.notice_words import TOLD

WAITS = replace(TEST_POLICY, notice_wait=Policy().notice_wait)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW = "another-heron-71-lantern"
LINK = re.compile(r"/wasnt-me/[\w-]{43}")


@pytest.fixture
def waiting(make_site):
    """Return a site where notices wait as they do for people."""
    return make_site(policy=WAITS)


def id_of(site, person):
    """Return the number of somebody's account."""
    return next(row.id for row in site.rows(User) if row.email == person.email)


def happens(site, person, event, *, was=NOTHING, **values):
    """Record an event of an account and its notice, as a flow does."""
    user_id, services = id_of(site, person), site.services
    caller = Caller("203.0.113.77", FIREFOX)
    with site.app.app_context():
        load_data_keys.refresh(services.sealer, services.clock())
    with site.app.app_context(), transaction():
        now = services.clock()
        tell(services, caller, user_id=user_id, event=event, now=now, was=was, **values)


def swept(site, person, **later):
    """Return somebody's mails some time later."""
    site.clock.move(**later)
    site.sweep()
    return site.news(person)


def test_the_first_thing_waits_half_a_minute_and_all_that_follows_is_in_its_mail(waiting):
    ada = waiting.ada
    happens(waiting, ada, Event.AUTHN_PASSWORD_CHANGE)
    waiting.clock.move(seconds=10)
    happens(waiting, ada, Event.TWOFA_DISABLED)
    happens(waiting, ada, Event.RECOVERY_CODE_USED, left=9)
    assert swept(waiting, ada, seconds=19.9) == []
    [mail] = swept(waiting, ada, seconds=0.1)
    assert mail.subject == "3 security updates for your Harbour account"
    read = " ".join(mail.text.split())
    for words in ("Your password was changed", "sign-in is off", "You have 9 recovery codes left."):
        assert words in read
    assert read.count("UTC Device: Firefox on Linux IP address: 203.0.113.77") == 3
    assert len(LINK.findall(mail.text)) == 1
    assert swept(waiting, ada, minutes=5) == [mail]


def test_whoever_goes_on_doing_things_cant_put_the_mail_off(waiting):
    for _ in range(6):
        happens(waiting, waiting.ada, Event.RECOVERY_CODES_GENERATED)
        waiting.clock.move(seconds=5)
    waiting.sweep()
    [mail] = waiting.news(waiting.ada)
    assert mail.subject.startswith("6 security updates")


def test_one_thing_alone_has_its_own_subject_and_the_next_one_begins_a_mail(waiting):
    happens(waiting, waiting.ada, Event.RECOVERY_CODES_GENERATED)
    assert [m.subject for m in swept(waiting, waiting.ada, seconds=30)] == [
        "You have new recovery codes"
    ]
    happens(waiting, waiting.ada, Event.TWOFA_DISABLED)
    assert len(swept(waiting, waiting.ada, seconds=29)) == 1
    assert swept(waiting, waiting.ada, seconds=1)[-1].subject == "Two-factor sign-in is off"


def test_accounts_dont_share_a_mail(waiting):
    happens(waiting, waiting.ada, Event.RECOVERY_CODES_GENERATED)
    happens(waiting, waiting.bob, Event.TWOFA_DISABLED)
    [ada], [bob] = swept(waiting, waiting.ada, seconds=30), waiting.news(waiting.bob)
    assert ada.subject == "You have new recovery codes"
    assert bob.subject == "Two-factor sign-in is off"
    assert LINK.search(ada.text)[0] != LINK.search(bob.text)[0]


def test_a_long_burst_is_one_mail_with_the_last_of_each_kind(waiting):
    happens(waiting, waiting.ada, Event.AUTHN_PASSWORD_CHANGE)
    for left in range(40, 0, -1):
        happens(waiting, waiting.ada, Event.RECOVERY_CODE_USED, left=left)
    [mail] = swept(waiting, waiting.ada, seconds=30)
    read = " ".join(mail.text.split())
    assert read.count("One of your recovery codes was used") == 1
    assert "You have one recovery code left. This happened 40 times." in read
    assert "Your password was changed" in read, "buried under the rest"


def test_the_longest_mail_fits_into_its_row(waiting):
    for _ in range(WAITS.notice_lines):
        happens(waiting, waiting.ada, Event.TOTP_DISABLED)
    waiting.clock.move(seconds=30)
    with waiting.app.app_context():
        [message_id] = write_due(waiting.services)
    row = next(row for row in waiting.rows(MessageRow) if row.id == message_id)
    assert len(str(TOLD[Event.TOTP_DISABLED].sentence)) > 280, "the longest of them"
    assert len(row.sealed) < 20_000


def test_a_new_address_and_the_old_one_are_told_and_the_old_one_has_the_link(waiting):
    old = f"old-{address()}@example.com"
    happens(waiting, waiting.ada, Event.AUTHN_PASSWORD_CHANGE, was=Was(email=old))
    [new] = swept(waiting, waiting.ada, seconds=30)
    [was] = waiting.mailbox.to(old)
    assert new.subject == was.subject
    assert LINK.search(was.text)
    assert not LINK.search(new.text)
    assert "/forgot-password" in new.text


def test_what_waits_is_sealed_and_nothing_of_it_is_left(waiting):
    happens(waiting, waiting.ada, Event.AUTHN_PASSWORD_CHANGE, was=Was(phone=waiting.ada.phone))
    [row] = waiting.rows(NoticeRow)
    for secret in (waiting.ada.phone, waiting.ada.email, "password"):
        assert secret.encode() not in row.sealed
    swept(waiting, waiting.ada, seconds=30)
    assert waiting.rows(NoticeRow) == []


def test_a_row_that_doesnt_open_keeps_nobody_else_from_being_told(waiting):
    happens(waiting, waiting.ada, Event.RECOVERY_CODES_GENERATED)
    happens(waiting, waiting.bob, Event.RECOVERY_CODES_GENERATED)
    first = min(waiting.rows(NoticeRow), key=lambda row: row.id)
    with waiting.app.app_context(), transaction():
        table = NoticeRow.__table__
        run(table.update().where(table.c.id == first.id).values(sealed=b"damaged" * 9))
    assert swept(waiting, waiting.bob, seconds=30)
    assert waiting.news(waiting.ada) == []
    assert waiting.rows(NoticeRow) == []


def test_an_owner_is_told_even_of_what_ended_the_account(waiting):
    happens(waiting, waiting.ada, Event.AUTHN_PASSWORD_CHANGE)
    with waiting.app.app_context(), transaction():
        run(User.__table__.delete().where(User.email == waiting.ada.email))
    [mail] = swept(waiting, waiting.ada, seconds=30)
    assert mail.subject == "Your password was changed"
    assert not LINK.search(mail.text)


def test_things_that_happen_at_once_are_told_once_each_in_one_mail(every_site):
    site, carol = every_site, every_site.carol
    site.post()
    before = len(site.mailbox.to(carol.email))
    with_policy(site, WAITS)
    browsers = [site.stranger() for _ in range(6)]
    assert [a.status_code for a in at_once([partial(entered, b, carol) for b in browsers])] == (
        [303] * 6
    )
    with_policy(site, TEST_POLICY)
    site.clock.move(seconds=30)
    at_once([partial(write, site)] * 4)
    site.sweep()
    site.clock.move(seconds=4)
    site.sweep()
    [mail] = site.mailbox.to(carol.email)[before:]
    assert mail.subject == "6 security updates for your Harbour account"


def test_what_happens_while_a_mail_is_written_is_in_it_or_in_the_next(every_site):
    site, carol = every_site, every_site.carol
    site.post()
    before = len(site.mailbox.to(carol.email))
    jobs = [partial(entered, site.stranger(), carol) for _ in range(6)]
    at_once([*jobs, *[partial(write, site)] * 4])
    site.clock.move(seconds=4)
    site.sweep()
    mails = site.mailbox.to(carol.email)[before:]
    told = [mail.text.count("You haven't used this device") for mail in mails]
    assert sum(told) == 6, told


def with_policy(site, policy):
    """Replace the policy of the requests."""
    extension = site.app.extensions["twofa"]
    services = replace(extension.services, policy=policy)
    site.app.extensions["twofa"] = replace(extension, services=services)


def entered(browser, person):
    """Sign somebody in by the password."""
    return browser.sign_in(person.email, person.password)


def write(site):
    """Write what is due, as one process does."""
    with site.app.app_context():
        return write_due(site.services)


def test_a_new_device_is_told_of_once_and_the_first_one_never(site):
    someone = site.person()
    assert not site.rows(NoticeRow)
    browser = site.stranger()
    agent = {"User-Agent": FIREFOX}
    browser.get("/login")
    data = {"email": someone.email, "password": PASSWORD, "csrf_token": browser.page.token()}
    browser.request("POST", "/login", data=data, headers=agent)
    mail = site.mails(someone.email)[-1]
    assert mail.subject == "New sign-in to your account: Firefox on Linux"
    assert f"Device: Firefox on Linux IP address: {browser.address}" in " ".join(mail.text.split())
    browser.post("/logout", on="/settings")
    browser.sign_in_fully(someone)
    assert site.mails(someone.email)[-1] == mail


def test_three_wrong_codes_after_the_right_password_are_told_once_a_day(site):
    ada = site.ada
    for wrong in (2, 2, 4):  # given up, and begun again
        attacker = site.pending(ada)
        for _ in range(wrong):
            attacker.enter(site.wrong(ada.phone))
        site.clock.move(minutes=11)
        told = [m.subject for m in site.news(ada)]
        assert told == ([] if wrong == 2 and not told else ["Someone may know your password"])
    assert "and then 3 wrong codes in a row" in " ".join(site.news(ada)[0].text.split())
    site.clock.move(hours=27)
    site.pending(ada).enter(site.wrong(ada.phone))
    assert len(site.news(ada)) == 2


def test_wrong_recovery_codes_after_the_right_password_are_told_too(site):
    attacker = site.pending(site.ada)
    for _ in range(3):
        attacker.post("/verify-otp/recovery", {"recovery_code": "01-0000-0000-0000-0000"})
    assert [m.subject for m in site.news(site.ada)] == ["Someone may know your password"]


def test_an_owner_who_mistypes_twice_is_told_nothing(site):
    ada = site.ada
    ada.browser.post("/logout", on="/settings")
    ada.browser.sign_in(ada.email)
    for _ in range(2):
        ada.browser.enter(site.wrong(ada.phone))
    assert ada.browser.enter(site.code(ada.phone)).location == "/dashboard"
    assert site.news(ada) == []


def test_passwords_that_rest_are_told_once_a_day_however_long_a_stranger_goes_on(site):
    ada = site.ada
    for _ in range(14):
        site.stranger().sign_in(ada.email, "made-up-password-1")
        site.clock.move(seconds=20)
    for _ in range(6):
        site.clock.move(minutes=16)
        site.stranger().sign_in(ada.email, "made-up-password-1")
    [mail] = site.news(ada)
    assert mail.subject == "Unusual attempts to sign in to your account"
    assert "IP address: " in mail.text


TELLING = {
    "a changed password": (Event.AUTHN_PASSWORD_CHANGE, {}),
    "a reset password": (Event.PASSWORD_RESET, {}),
    "recovery codes made anew": (Event.RECOVERY_CODES_GENERATED, {}),
    "the last recovery code": (Event.RECOVERY_CODE_USED, {"left": 0}),
    "an account taken back": (Event.TAKEOVER_REPORTED, {"email": True, "phone": True}),
    "guessed sign-in codes": (Event.PHONE_SIGN_IN_RESTRICTED, {"known": False}),
    "a device that guessed": (Event.PHONE_SIGN_IN_RESTRICTED, {"known": True}),
    "failing codes": (Event.OTP_FAIL_AFTER_PASSWORD, {"times": 3}),
}


@pytest.mark.parametrize(("event", "values"), TELLING.values(), ids=TELLING)
def test_each_mail_says_what_happened_and_what_to_do(site, event, values):
    happens(site, site.ada, event, **values)
    [mail] = site.news(site.ada)
    assert mail.subject == str(TOLD[event].title)
    assert LINK.search(mail.text)
    assert "help@example.com" in mail.text
    assert "%(" not in mail.text
    assert all(len(line) <= 72 or "://" in line for line in mail.text.splitlines())


def test_a_process_that_has_sent_nothing_yet_begins_to_sweep(make_site):
    site = make_site()
    dispatcher = site.app.extensions["twofa"].dispatcher
    assert not dispatcher._threads
    entered(site.stranger(), site.carol)
    assert dispatcher._threads


def left(site, person, event):
    """Leave a notice with a tag for a person among those that this version writes."""
    held = {"to": person.email, "event": event, "at": site.clock().isoformat()}
    held |= {"values": {}, "browser": "", "system": "", "address": "", "phone": "", "linked": True}
    user_id = id_of(site, person)
    with site.app.app_context():
        load_data_keys.refresh(site.services.sealer, site.clock())
    with site.app.app_context(), transaction():
        key = mailbox_key(site.services, user_id, person.email)
        sealed = site.services.sealer.seal(json.dumps(held), about=f"notice:{key.hex()}")
        notices.add(key, user_id=user_id, sealed=sealed, due_at=site.clock())
    return key


def test_a_notice_with_an_unknown_tag_waits_a_day_and_delays_no_other(site, caplog):
    """Another version wrote it: one that runs beside this one, or had other tags."""
    key = left(site, site.ada, "made_up_later")
    happens(site, site.ada, Event.RECOVERY_CODES_GENERATED)
    assert "Your old recovery codes no longer work." in site.told(site.ada)
    site.clock.move(hours=23)
    assert len(site.news(site.ada)) == 1
    assert [row.key for row in site.rows(NoticeRow)] == [key]
    assert "made_up_later" not in caplog.text
    site.clock.move(hours=2)
    assert len(site.news(site.ada)) == 1
    assert site.rows(NoticeRow) == []
    assert "a notice with the unknown tag made_up_later is dropped" in caplog.text


def test_a_notice_that_cant_be_composed_waits_and_delays_no_other(site, caplog, monkeypatch):
    monkeypatch.delitem(TOLD, Event.DATA_EXPORTED)
    key = left(site, site.ada, Event.DATA_EXPORTED.value)
    happens(site, site.bob, Event.RECOVERY_CODES_GENERATED)
    assert "Your old recovery codes no longer work." in site.told(site.bob)
    assert "a notice can't be composed" in caplog.text
    assert [row.key for row in site.rows(NoticeRow)] == [key]
