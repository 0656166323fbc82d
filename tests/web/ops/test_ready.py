"""/readyz names each part that is away, by the setting that leads to it."""

import pytest

GONE = "redis://127.0.0.1:9"
AWAY = {
    "the limits' Redis": ({"redis_url": f"{GONE}/0"}, ["redis"]),
    "the queue's own Redis": ({"queue_url": f"{GONE}/1"}, ["queue"]),
    "one Redis for both": ({"redis_url": f"{GONE}/0", "queue_url": f"{GONE}/0"}, ["redis"]),
    "two for two": ({"redis_url": f"{GONE}/0", "queue_url": f"{GONE}/1"}, ["redis", "queue"]),
}


@pytest.mark.parametrize(("settings", "failing"), AWAY.values(), ids=AWAY)
def test_what_is_away_is_named(make_world, settings, failing):
    answer = make_world(**settings).browser().request("GET", "/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "failing", "failing": failing})


def test_without_any_redis_all_is_ready(world):
    answer = world.browser().request("GET", "/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "failing": []})
