"""The table of refusals: every refusal has a row, whose words are those of pages and JSON."""

import pytest

from twofa.domain import errors
from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access
from twofa.web.http.refusals import REFUSALS, STATUSES, known

REFUSED = [kind for kind in vars(errors).values() if isinstance(kind, type)]
MADE = {
    errors.Throttled: errors.Throttled(7.2),
    errors.PasswordPaused: errors.PasswordPaused(7.2),
    errors.Busy: errors.Busy(7.2),
}


def refusing_views(app):
    """Add a view for each refusal, which a program calls."""
    for kind in REFUSED:

        def refuse(kind=kind):
            raise MADE[kind] if kind in MADE else kind("made up")

        rule = f"/refuse/{kind.__name__}"
        app.add_url_rule(rule, rule, access(Access.PUBLIC, json=True)(refuse))


@pytest.fixture(scope="module")
def refusing(build_states):
    return build_states(before=refusing_views)


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_is_answered_as_its_row_says(refusing, kind):
    row = REFUSALS[errors.Refusal if kind is errors.Duplicate else kind]
    answer = refusing.browser().request("GET", f"/refuse/{kind.__name__}")
    fault = answer.json["error"]
    assert (answer.status_code, fault["code"]) == (
        row.status, row.code or STATUSES[row.status].code,
    )  # fmt: skip
    wait = 8 if kind in MADE else row.wait or None
    assert fault.get("retry_after") == wait
    assert answer.headers.get("Retry-After") == (str(wait) if wait else None)


@pytest.mark.parametrize(
    ("status", "words"), [(401, 401), (415, 400), (418, 400), (500, 500), (502, 500)]
)
def test_a_status_without_words_takes_those_of_its_family(status, words):
    assert known(status) == words
