"""Authenticator apps as rows: a step is used once, and only of the app that was looked at."""

from twofa.storage.totp import totp_enrolments
from twofa.storage.totp.totp_enrolments import EnrolmentRow
from twofa.storage.two_factor import factors


def test_a_step_counts_once_and_none_before_it(stock):
    app = stock.authenticator()
    used = [stock.do(factors.use_step, app.user_id, app.factor, step) for step in (7, 8, 8, 7, 9)]
    assert used == [False, True, False, False, True]
    assert stock.app_of(app.user_id).factor.last_step == 9


def test_a_step_of_an_app_replaced_removed_or_switched_off_meanwhile_is_not_used(stock):
    app = stock.authenticator()
    stock.do(factors.confirm_app, app.user_id, sealed=b"another", step=7, now=stock.now)
    assert not stock.do(factors.use_step, app.user_id, app.factor, 8)
    new = stock.app_of(app.user_id)
    stock.do(factors.switch_app_off, app.user_id, stock.now)
    assert not stock.do(factors.use_step, new.user_id, new.factor, 8)
    stock.do(factors.confirm_app, app.user_id, sealed=b"a third", step=7, now=stock.now)
    third = stock.app_of(app.user_id)
    stock.do(factors.drop_app, app.user_id)
    assert not stock.do(factors.use_step, third.user_id, third.factor, 8)


def test_a_step_of_one_account_is_none_of_another(stock):
    mine, other = stock.authenticator(), stock.authenticator()
    assert stock.do(factors.use_step, mine.user_id, mine.factor, 8)
    assert stock.app_of(other.user_id).factor.last_step == 7


def test_an_app_and_a_number_stand_beside_each_other(stock):
    app = stock.authenticator()
    stock.factor(app.user_id)
    held = stock.held(app.user_id)
    assert held.phone is not None
    assert held.app.secret_sealed == b"secret"
    stock.do(factors.drop_app, app.user_id)
    held = stock.held(app.user_id)
    assert held.phone is not None
    assert held.app is None


def test_what_is_begun_stays_until_it_is_old_and_ends_with_its_session(stock):
    session_id = stock.session()
    first = stock.enrolment(session_id)
    assert stock.enrolment(session_id) == first
    stock.world.clock.now = first.expires_at
    assert stock.do(totp_enrolments.of, session_id, stock.now) is None
    second = stock.enrolment(session_id)
    assert second.secret_sealed != first.secret_sealed
    assert not stock.do(totp_enrolments.consume, first)
    assert stock.do(totp_enrolments.consume, second)
    stock.enrolment(session_id)
    stock.purge("sessions")
    stock.world.clock.move(hours=2)
    stock.purge("sessions")
    assert stock.world.rows(EnrolmentRow) == []
