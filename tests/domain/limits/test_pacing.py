"""The queue of one network: ten at once, then one a minute, at most sixty waiting."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.site.clock import START

from twofa.domain.limits.mail_pacing import next_slot
from twofa.domain.policy import Policy

RULE = Policy().unconfirmed_mail_queue
MINUTE = timedelta(minutes=1)


def ask(times):
    """Ask for a place at each of these moments; give pairs of moment and when the mail leaves."""
    idle_at, found = START, []
    for now in times:
        slot = next_slot(idle_at, RULE, now)
        if slot:
            idle_at = slot.idle_at
        found.append((now, slot and slot.sends_at))
    return found


def test_of_eighty_in_one_moment_ten_leave_sixty_wait_and_ten_are_refused():
    leave = [sends_at for _, sends_at in ask([START] * 80)]
    assert leave[:10] == [START] * 10
    assert leave[10:70] == [START + n * MINUTE for n in range(1, 61)]
    assert leave[70:] == [None] * 10


def test_each_minute_of_rest_gives_one_back_up_to_ten():
    later = START + 3 * MINUTE
    leave = [sends_at for _, sends_at in ask([START] * 10 + [later] * 4)]
    assert leave[10:] == [later] * 3 + [later + MINUTE]
    much_later = START + timedelta(days=1)
    leave = [sends_at for _, sends_at in ask([START] * 70 + [much_later] * 11)]
    assert leave[70:] == [much_later] * 10 + [much_later + MINUTE]


@given(st.lists(st.integers(0, 200), max_size=150))
def test_whenever_they_are_asked_for_no_span_holds_more_and_no_more_than_sixty_wait(steps):
    times, now = [], START
    for step in steps:
        now += timedelta(seconds=step if step > 100 else 0)
        times.append(now)
    found = [(at, leaves) for at, leaves in ask(times) if leaves]
    leave = [leaves for _, leaves in found]
    assert leave == sorted(leave), "first come, first served"
    for n, first in enumerate(leave):
        for count, last in enumerate(leave[n:], 1):
            assert count <= 10 + (last - first) // MINUTE
    for now in times:
        assert sum(at <= now < leaves for at, leaves in found) <= 60
