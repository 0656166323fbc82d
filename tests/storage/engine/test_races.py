"""Every verb that only one of many callers may do, tried by a crowd on each database."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from support.site.rows import RowMaker, digest, fresh

from twofa.domain.errors import Duplicate
from twofa.storage.accounts import registrations, users
from twofa.storage.delivery import messages
from twofa.storage.otp import challenges
from twofa.storage.recovery_codes import recovery_codes
from twofa.storage.sessions import known_devices, sessions, trusted_devices
from twofa.storage.totp import totp_enrolments
from twofa.storage.two_factor import factors

MANY = 20
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Verb:
    """One atomic verb: what it is done to, and how a caller does it."""

    arrange: Any
    attempt: Any


def session_of(maker):
    return maker.session(token="old token")


def promote(maker, session_id):
    return sessions.promote(
        session_id,
        old_digest=digest("old token"),
        new_digest=digest(fresh()),
        methods="password sms",
        now=maker.now,
        lifetime=HOUR,
    )


def renew(maker, session_id):
    new = digest(fresh())
    old = digest("old token")
    return sessions.renew(
        session_id, old_digest=old, new_digest=new, proved_at=maker.now, now=maker.now
    )


def with_twofa(maker):
    user_id = maker.user()
    maker.do(users.turn_twofa_on, user_id, maker.now)
    return user_id


def use_trusted(maker, user_id, *, at=None):
    found = trusted_devices.use(
        user_id,
        old=digest("remembered"),
        new=digest(fresh()),
        epoch=users.lock(user_id).epoch,
        since=maker.now - HOUR,
        now=at or maker.now,
    )
    return found is not None


ONE_WINS = {
    "a challenge is used up once": Verb(
        RowMaker.challenge, lambda s, it: challenges.consume(it, s.now)
    ),
    "one caller gets the turn to send": Verb(
        RowMaker.challenge, lambda s, it: challenges.claim_send(it, sends=1, now=s.now)
    ),
    "a recovery code is used once": Verb(
        RowMaker.recovery_code, lambda s, it: recovery_codes.consume(it, s.now)
    ),
    "a registration makes one account": Verb(
        RowMaker.registration, lambda _, it: registrations.consume(it)
    ),
    "a session is promoted once": Verb(session_of, promote),
    "a session is renewed once": Verb(session_of, renew),
    "a session is ended once": Verb(RowMaker.session, lambda _, it: sessions.revoke(it)),
    "a message is claimed by one sender": Verb(
        RowMaker.message, lambda s, it: messages.claim(it, s.now) is not None
    ),
    "a remembered browser's token is used once": Verb(RowMaker.trusted, use_trusted),
    "two-factor sign-in is turned on once": Verb(
        RowMaker.user, lambda s, it: users.turn_twofa_on(it, s.now)
    ),
    "two-factor sign-in is turned off once": Verb(
        with_twofa, lambda _, it: users.turn_twofa_off(it)
    ),
    "a code of an app is used once": Verb(
        RowMaker.authenticator, lambda _, it: factors.use_step(it.user_id, it.factor, 8)
    ),
    "a secret becomes a factor once": Verb(
        RowMaker.enrolment, lambda _, it: totp_enrolments.consume(it)
    ),
    "an app is removed once": Verb(
        RowMaker.authenticator, lambda _, it: factors.drop_app(it.user_id)
    ),
    "codes of an app are switched off once": Verb(
        RowMaker.authenticator, lambda s, it: factors.switch_app_off(it.user_id, s.now)
    ),
    "codes by text are switched off once": Verb(
        RowMaker.factor, lambda s, it: factors.switch_sms_off(it, s.now)
    ),
}


@pytest.mark.parametrize("verb", ONE_WINS.values(), ids=ONE_WINS)
def test_exactly_one_of_many_callers_wins(maker, verb):
    subject = verb.arrange(maker)
    outcomes = maker.rush(*[lambda: maker.do(verb.attempt, maker, subject)] * MANY)
    assert sorted(outcomes, key=str) == [False] * (MANY - 1) + [True]


def test_of_tabs_that_begin_to_set_an_app_up_at_once_all_show_one_secret(maker):
    session_id = maker.session()
    found = maker.rush(*[lambda: maker.enrolment(session_id).secret_sealed] * MANY)
    assert len(set(found)) == 1, found


def test_64_guesses_at_once_against_a_limit_of_5_are_5_guesses(maker):
    name = maker.challenge()
    spend = lambda: maker.do(challenges.spend, name, limit=5, now=maker.now)  # noqa: E731 - a job
    outcomes = maker.rush(*[spend] * 64)
    assert (outcomes.count(True), outcomes.count(False)) == (5, 59), outcomes
    assert maker.world.rows(challenges.ChallengeRow)[0].attempts == 5


def test_a_session_is_promoted_or_renewed_but_not_both(maker):
    session_id = session_of(maker)
    jobs = [
        lambda: maker.do(promote, maker, session_id),
        lambda: maker.do(renew, maker, session_id),
    ] * 10
    assert sorted(maker.rush(*jobs), key=str) == [False] * 19 + [True]


def test_many_links_of_one_address_used_at_once_make_one_account(maker):
    waiting = [maker.registration("ada@example.com") for _ in range(MANY)]
    jobs = [lambda one=one: maker.do(registrations.consume, one) for one in waiting]
    assert sorted(maker.rush(*jobs), key=str) == [False] * (MANY - 1) + [True]
    assert maker.world.rows(registrations.RegistrationRow) == []


def test_one_address_added_by_many_is_one_account(maker):
    def add():
        return maker.do(
            users.add, public_id=fresh(), email="Ada@example.com", password_hash=None, now=maker.now
        )

    outcomes = maker.rush(*[add] * MANY)
    assert sum(isinstance(one, int) for one in outcomes) == 1, outcomes
    assert sum(isinstance(one, Duplicate) for one in outcomes) == MANY - 1, outcomes
    assert len(maker.world.rows(users.User)) == 1


def test_one_number_confirmed_by_many_accounts_belongs_to_one(maker):
    people = [maker.user() for _ in range(MANY)]
    jobs = [lambda who=who: maker.factor(who, index=digest("number")) for who in people]
    outcomes = maker.rush(*jobs)
    assert sum(isinstance(one, int) for one in outcomes) == 1, outcomes
    assert sum(isinstance(one, Duplicate) for one in outcomes) == MANY - 1, outcomes
    assert len(maker.world.rows(factors.Factor)) == 1


def test_numbers_confirmed_by_one_account_at_once_leave_one(maker):
    user_id = maker.user()
    outcomes = maker.rush(*[lambda: maker.factor(user_id)] * MANY)
    assert all(one == user_id or isinstance(one, Duplicate) for one in outcomes), outcomes
    assert len(maker.world.rows(factors.Factor)) == 1


def test_a_device_noted_by_many_requests_at_once_is_one_device(maker):
    user_id = maker.user()
    note = lambda: maker.do(known_devices.note, user_id, digest("device"), maker.now)  # noqa: E731 - a job
    outcomes = maker.rush(*[note] * MANY)
    assert all(isinstance(one, (bool, Duplicate)) for one in outcomes), outcomes
    assert outcomes.count(True) == 1, "its owner is told of it once"
    assert len(maker.world.rows(known_devices.DeviceRow)) == 1


def test_codes_added_at_once_keep_to_the_newest(maker):
    name = maker.challenge()
    outcomes = maker.rush(*[lambda: maker.code(name, keep=3)] * MANY)
    assert outcomes == [None] * MANY
    maker.code(name)
    assert len(maker.do(challenges.codes_of, name)) == 3


def test_a_remembered_browser_is_used_before_a_change_or_never(maker):
    user_id = maker.trusted()

    def change():
        maker.do(users.replace_password, user_id, fresh(), maker.now)
        return maker.do(use_trusted, maker, user_id)

    jobs = [change, *[lambda: maker.do(use_trusted, maker, user_id)] * 9]
    outcomes = maker.rush(*jobs)
    assert outcomes[0] is False
    assert sorted(map(str, outcomes))[:8] == ["False"] * 8
    assert maker.do(trusted_devices.living, user_id, maker.now) == []


def test_a_remembered_browser_is_its_own_accounts_and_no_longer_than_its_hour(maker):
    user_id, other = maker.trusted(), maker.user()
    assert not maker.do(use_trusted, maker, other)
    assert not maker.do(use_trusted, maker, user_id, at=maker.now + HOUR)
    assert maker.do(use_trusted, maker, user_id)
    assert not maker.do(use_trusted, maker, user_id), "its token is another now"
    (row,) = maker.do(trusted_devices.living, user_id, maker.now)
    assert row.expires_at == maker.now + HOUR
    assert maker.do(trusted_devices.living, other, maker.now) == []


def test_an_epoch_rises_by_each_of_many_changes(maker):
    user_id = maker.user()
    outcomes = maker.rush(*[lambda: maker.do(users.new_epoch, user_id)] * MANY)
    assert outcomes == [None] * MANY
    assert maker.do(users.epoch, user_id) == MANY
