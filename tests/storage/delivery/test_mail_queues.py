"""A network's queue of mails is exact under a crowd, on each database."""

from datetime import timedelta

from twofa.storage.notices.mail_queues import MailQueueRow

MANY, EACH = 20, 4
MINUTE = timedelta(minutes=1)


def test_eighty_asked_for_by_twenty_at_once_are_ten_now_sixty_later_and_ten_never(stock):
    jobs = [lambda: [stock.mail_place() for _ in range(EACH)]] * MANY
    places = [place for outcome in stock.rush(*jobs) for place in outcome]
    assert places.count(None) == 10, places
    taken = sorted(place for place in places if place)
    assert taken == [stock.now] * 10 + [stock.now + n * MINUTE for n in range(1, 61)]
    assert len(stock.world.rows(MailQueueRow)) == 1


def test_queues_of_two_networks_know_nothing_of_each_other(stock):
    jobs = [lambda name=name: stock.mail_place(name) for name in ("one", "two")] * 10
    assert stock.rush(*jobs) == [stock.now] * 20


def test_a_queue_that_is_purged_while_it_is_used_gives_nothing_more(stock):
    for _ in range(10):
        stock.mail_place()
    stock.world.clock.move(minutes=9)
    assert stock.purge("mail queues") == 0
    stock.world.clock.move(minutes=1)
    outcomes = stock.rush(lambda: stock.purge("mail queues"), *[stock.mail_place] * 12)
    assert outcomes[0] in (0, 1)
    places = sorted(outcomes[1:])
    assert places == [stock.now] * 10 + [stock.now + MINUTE, stock.now + 2 * MINUTE]
