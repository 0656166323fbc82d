"""What is quicker by what libraries don't promise answers as their public way does."""

from dataclasses import replace

import pytest
from itsdangerous import TimestampSigner
from support.site.world import TEST_POLICY

from twofa.web.fast import csrf, limits

PATHS = ("/login", "/dashboard", "/settings/profile")
NO_REDIS = "redis://127.0.0.1:9/0"
PASSING = 3


@pytest.fixture
def both_ways(make_world, monkeypatch, tmp_path, empty_sqlite):
    """Return a person's browser in an application with CSRF tokens kept, and in one without."""
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _signer: 1_772_442_000)
    path = tmp_path / "shared.db"
    path.write_bytes(empty_sqlite)
    kept = make_world(database_url=f"sqlite:///{path}").person().browser
    monkeypatch.setattr(csrf, "ENABLED", False)
    kept.get("/dashboard")  # the first page says how the sign-in went
    anew = make_world(database_url=f"sqlite:///{path}").browser(kept.address)
    anew.set_cookie(kept.cookie())
    return kept, anew


@pytest.mark.parametrize("path", PATHS)
def test_a_page_whose_token_was_kept_is_the_page_with_a_token_signed_anew(both_ways, path):
    kept, other = both_ways
    first, again, anew = (browser.get(path, follow=False) for browser in (kept, kept, other))
    assert first.text == again.text == anew.text
    assert first.status_code == 302 or 'name="csrf_token"' in anew.text
    assert len({told(answer) for answer in (first, again, anew)}) == 1


def test_either_token_passes_in_either_application(both_ways):
    for reader, writer in (both_ways, both_ways[::-1]):
        reader.get("/settings/profile")
        fields = {"first_name": "Ada", "csrf_token": reader.page.token()}
        assert writer.request("POST", "/settings/profile", data=fields).status_code == 303


@pytest.mark.parametrize("redis_url", ["", NO_REDIS], ids=["no Redis", "a Redis that is away"])
@pytest.mark.parametrize("enabled", [True, False])
def test_a_process_counts_the_same_posts_either_way(make_world, monkeypatch, enabled, redis_url):
    monkeypatch.setattr(limits, "ENABLED", enabled)
    policy = replace(TEST_POLICY, posts_per_minute=PASSING)
    browser = make_world(redis_url=redis_url, policy=policy).browser()
    answers = []
    for _ in range(PASSING + 1):
        assert browser.request("GET", "/login").status_code == 200  # which counts for nothing
        answers.append(browser.request("POST", "/login"))
    assert [answer.status_code for answer in answers] == [400] * PASSING + [429]
    assert int(answers[-1].headers["Retry-After"]) in range(1, 61)


def told(answer):
    """Return an answer's headers without the name of its request."""
    return tuple(pair for pair in answer.headers if pair[0] != "X-Request-Id")
