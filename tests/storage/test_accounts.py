"""Rows of an account: what is written comes back, and counts for no other account."""

from datetime import timedelta

from support.site.rows import digest

from twofa.domain.events import Event
from twofa.storage.accounts import events, users
from twofa.storage.admin import api_keys
from twofa.storage.sessions import known_devices, trusted_devices

HOUR = timedelta(hours=1)


def test_an_account_is_found_by_its_address_with_its_new_names(maker):
    mine, other = maker.user(), maker.user()
    email, before = maker.do(users.by_id, mine).email, maker.do(users.epoch, mine)
    maker.do(users.rename, mine, first_name="Zoë", last_name="Łund")
    maker.do(users.set_disabled, mine, maker.now)
    found = maker.do(users.by_email, email.upper())
    assert (found.id, found.first_name, found.last_name) == (mine, "Zoë", "Łund")
    assert found.disabled_at == maker.now
    assert maker.do(users.epoch, mine) == before + 1
    assert maker.do(users.by_id, other).disabled_at is None
    assert maker.do(users.by_email, "nobody@example.com") is None


def test_a_device_is_forgotten_alone(maker):
    mine, other = maker.user(), maker.user()
    for user_id, name in ((mine, "laptop"), (mine, "phone"), (other, "tablet")):
        maker.do(known_devices.add, user_id, digest(name), maker.now)
    maker.do(known_devices.forget_one, mine, digest("laptop"))
    maker.do(known_devices.forget_one, mine, digest("tablet"))
    assert maker.do(known_devices.of, mine) == [digest("phone")]
    assert maker.do(known_devices.of, other) == [digest("tablet")]


def test_a_remembered_browser_is_found_by_its_own_account(maker):
    mine, other = maker.user(), maker.user()
    maker.trusted(mine, token="remembered")
    found = maker.do(trusted_devices.find, mine, digest("remembered"))
    assert maker.do(trusted_devices.living, mine, maker.now) == [found]
    assert maker.do(trusted_devices.find, other, digest("remembered")) is None


def test_events_of_an_account_come_newest_first_and_page_by_page(maker):
    mine, other = maker.user(), maker.user()
    for hour, user_id in enumerate((mine, other, mine, mine)):
        at = maker.now + hour * HOUR
        maker.do(events.add, Event.PASSWORD_SUCCESS, at=at, user_id=user_id, address="", browser="")
    maker.do(events.add, Event.AUTHN_LOGIN_FAIL, at=maker.now, user_id=mine, address="", browser="")
    pages = [
        maker.do(events.of, mine, [Event.PASSWORD_SUCCESS], limit=2, skip=skip) for skip in (0, 2)
    ]
    assert [[(one.at - maker.now) // HOUR for one in page] for page in pages] == [[3, 2], [0]]


def test_keys_are_listed_as_they_were_made(maker):
    made = [maker.api_key(name) for name in ("b", "a", "c")]
    assert [(key.id, key.name) for key in maker.do(api_keys.every)] == [
        *zip(made, "bac", strict=True)
    ]


def test_the_roles_that_accounts_have_are_told_once(maker):
    assert maker.do(users.roles_held) == set()
    people = [maker.user() for _ in range(4)]
    for user_id in people[:2]:
        maker.do(users.set_role, user_id, "editor")
    maker.do(users.set_role, people[2], "admin")
    maker.do(users.set_disabled, people[2], maker.now)
    assert maker.do(users.roles_held) == {"user", "editor", "admin"}
