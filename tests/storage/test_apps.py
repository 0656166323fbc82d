"""Authenticator apps as rows: a step is used once, and only of the app that was looked at."""

from twofa.storage.totp import totp_enrolments
from twofa.storage.totp.totp_enrolments import EnrolmentRow
from twofa.storage.two_factor import factors


def test_a_step_counts_once_and_none_before_it(maker):
    app = maker.authenticator()
    used = [maker.do(factors.use_step, app.user_id, app.factor, step) for step in (7, 8, 8, 7, 9)]
    assert used == [False, True, False, False, True]
    assert maker.app_of(app.user_id).factor.last_step == 9


def test_a_step_of_an_app_replaced_removed_or_switched_off_meanwhile_is_not_used(maker):
    app = maker.authenticator()
    maker.do(factors.confirm_app, app.user_id, sealed=b"another", step=7, now=maker.now)
    assert not maker.do(factors.use_step, app.user_id, app.factor, 8)
    new = maker.app_of(app.user_id)
    maker.do(factors.switch_app_off, app.user_id, maker.now)
    assert not maker.do(factors.use_step, new.user_id, new.factor, 8)
    maker.do(factors.confirm_app, app.user_id, sealed=b"a third", step=7, now=maker.now)
    third = maker.app_of(app.user_id)
    maker.do(factors.drop_app, app.user_id)
    assert not maker.do(factors.use_step, third.user_id, third.factor, 8)


def test_a_step_of_one_account_is_none_of_another(maker):
    mine, other = maker.authenticator(), maker.authenticator()
    assert maker.do(factors.use_step, mine.user_id, mine.factor, 8)
    assert maker.app_of(other.user_id).factor.last_step == 7


def test_an_app_and_a_number_stand_beside_each_other(maker):
    app = maker.authenticator()
    maker.factor(app.user_id)
    held = maker.held(app.user_id)
    assert held.phone is not None
    assert held.app.secret_sealed == b"secret"
    maker.do(factors.drop_app, app.user_id)
    held = maker.held(app.user_id)
    assert held.phone is not None
    assert held.app is None


def test_what_is_begun_stays_until_it_is_old_and_ends_with_its_session(maker):
    session_id = maker.session()
    first = maker.enrolment(session_id)
    assert maker.enrolment(session_id) == first
    maker.world.clock.now = first.expires_at
    assert maker.do(totp_enrolments.of, session_id, maker.now) is None
    second = maker.enrolment(session_id)
    assert second.secret_sealed != first.secret_sealed
    assert not maker.do(totp_enrolments.consume, first)
    assert maker.do(totp_enrolments.consume, second)
    maker.enrolment(session_id)
    maker.purge("sessions")
    maker.world.clock.move(hours=2)
    maker.purge("sessions")
    assert maker.world.rows(EnrolmentRow) == []
