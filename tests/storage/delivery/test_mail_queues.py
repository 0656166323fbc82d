"""A network's queue of mails is exact under a crowd, on each database."""

from datetime import timedelta

from twofa.storage.notices.mail_queues import MailQueueRow

MANY, EACH = 20, 4
MINUTE = timedelta(minutes=1)


def test_eighty_asked_for_by_twenty_at_once_are_ten_now_sixty_later_and_ten_never(maker):
    jobs = [lambda: [maker.mail_place() for _ in range(EACH)]] * MANY
    places = [place for outcome in maker.rush(*jobs) for place in outcome]
    assert places.count(None) == 10, places
    taken = sorted(place for place in places if place)
    assert taken == [maker.now] * 10 + [maker.now + n * MINUTE for n in range(1, 61)]
    assert len(maker.world.rows(MailQueueRow)) == 1


def test_queues_of_two_networks_know_nothing_of_each_other(maker):
    jobs = [lambda name=name: maker.mail_place(name) for name in ("one", "two")] * 10
    assert maker.rush(*jobs) == [maker.now] * 20


def test_a_queue_that_is_purged_while_it_is_used_gives_nothing_more(maker):
    for _ in range(10):
        maker.mail_place()
    maker.world.clock.move(minutes=9)
    assert maker.purge("mail queues") == 0
    maker.world.clock.move(minutes=1)
    outcomes = maker.rush(lambda: maker.purge("mail queues"), *[maker.mail_place] * 12)
    assert outcomes[0] in (0, 1)
    places = sorted(outcomes[1:])
    assert places == [maker.now] * 10 + [maker.now + MINUTE, maker.now + 2 * MINUTE]
