"""An account's data as a file: all that is kept about its owner, and no secret."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.stories.phone_account import by_phone

from twofa.domain.events import Event
from twofa.flows.account import export_data
from twofa.storage.accounts.events import EventRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import db
from twofa.storage.reports import account_data

ROOT = Path(__file__).resolve().parents[3]
SECRET = ("digest", "hash", "sealed", "index", "token")


def fetch(browser):
    """Download the file, after a fresh proof where one is asked; give what it says."""
    browser.get("/settings/data")
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    answer = browser.post("/settings/data")
    assert answer.status_code == 200
    return answer


def leaves(value, path=""):
    """Return every name and value of the file."""
    if isinstance(value, dict):
        return [leaf for key, one in value.items() for leaf in leaves(one, f"{path}.{key}")]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one, f"{path}[]")]
    return [(path.lstrip("."), value)]


def test_it_is_a_file_that_nothing_keeps_on_the_way(site):
    answer = fetch(site.signed_in(site.ada))
    assert answer.mimetype == "application/json"
    named = answer.headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="account-data-\d{4}-\d\d-\d\d\.json"', named)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_holds_what_is_kept_about_its_owner(site):
    ada, browser = site.ada, site.signed_in(site.ada)
    browser.post("/settings/profile", {"first_name": "Ada", "last_name": "Løvelace"})
    site.settle()
    found = json.loads(fetch(browser).data)
    assert found["format"] == export_data.FORMAT
    assert found["site"] == "https://app.example.com"
    account = found["account"]
    assert account["email"] == ada.email
    assert (account["first_name"], account["last_name"]) == ("Ada", "Løvelace")
    assert account["has_password"] is True
    assert account["two_factor_since"]
    (factor,) = found["factors"]
    assert (factor["kind"], factor["number"]) == ("sms", ada.phone)
    assert found["recovery_codes_left"] == 10
    assert [one["is_this"] for one in found["sessions"]].count(True) == 1
    assert found["sessions"][-1]["methods"] == ["password", "sms"]
    assert found["devices"]
    mine = [one for one in site.rows(EventRow) if one.user_id == 1]
    assert [one["event"] for one in found["events"]] == [
        one.tag for one in mine if one.tag != Event.DATA_EXPORTED.value
    ]
    sent = [one for one in site.rows(MessageRow) if one.user_id == 1]
    assert 0 < len(found["messages"]) <= len(sent), "the one that tells of the file may be later"
    assert {one["channel"] for one in found["messages"]} == {"sms", "mail"}
    assert {one["state"] for one in found["messages"]} == {"sent"}


def test_the_manual_explains_every_name_in_it(site):
    browser, _phone, _email = by_phone(site)
    site.stranger().post("/forgot-password", {"email": site.ada.email})
    files = [fetch(browser), fetch(site.signed_in(site.ada))]
    paths = {path for one in files for path, _ in leaves(json.loads(one.data))}
    names = {name for path in paths for name in path.replace("[]", "").split(".")}
    manual = (ROOT / "docs/privacy.md").read_text("utf-8")
    assert {name for name in names if f"`{name}`" not in manual} == set()
    assert {"expires_at", "number", "asked_at"} <= names


def test_what_waits_is_in_it(site):
    browser, _phone, email = by_phone(site)
    site.signed_in(site.carol)
    site.stranger().post("/forgot-password", {"email": site.carol.email})
    site.settle()
    found = json.loads(fetch(site.signed_in(site.carol)).data)
    kinds = [one["kind"] for one in found["waiting"]["links"]]
    assert kinds.count("reset") == 1
    assert set(kinds) == {"reset", "wasnt-me"}
    assert found["waiting"]["addresses"] == []
    found = json.loads(browser.post("/settings/data").data)
    assert [one["email"] for one in found["waiting"]["addresses"]] == [email]
    assert found["account"]["has_password"] is False
    assert found["account"]["email"] == ""


def test_times_are_utc_and_nothing_in_it_is_a_secret(site):
    answer = fetch(site.signed_in(site.ada))
    for path, value in leaves(json.loads(answer.data)):
        assert not [word for word in SECRET if word in path], path
        if path.endswith(("_at", "_since", ".at")) and value is not None:
            assert value.endswith("Z"), path
            assert datetime.fromisoformat(value).utcoffset() == timedelta(0)
    text = answer.get_data(as_text=True)
    assert "$2b$" not in text
    assert site.code(site.ada.phone) not in text
    for code in site.ada.recovery_codes:
        assert code not in text


def test_nothing_of_anybody_else_is_in_it(site):
    site.signed_in(site.bob)
    text = fetch(site.signed_in(site.ada)).get_data(as_text=True)
    for secret in (site.bob.email, site.bob.phone, site.carol.email):
        assert secret not in text


def test_its_owner_is_told_and_reads_it_in_the_history(site):
    browser = site.signed_in(site.carol)
    fetch(browser)
    assert "was downloaded" in site.told(site.carol)
    browser.get("/settings/activity?kind=changes")
    assert browser.page.all("h3")[0].text == "Data downloaded"


def test_without_a_fresh_proof_there_is_none(site):
    browser = site.signed_in(site.carol)
    site.clock.move(minutes=11)
    assert browser.get("/settings/data", follow=False).location == "/confirm-identity"
    browser.get("/settings/profile")
    token = browser.page.token()
    answer = browser.request("POST", "/settings/data", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/confirm-identity")
    assert "was downloaded" not in site.told(site.carol)


def test_a_number_that_no_key_opens_leaves_the_rest(site):
    browser = site.signed_in(site.ada)
    with site.app.app_context(), db.engine.begin() as connection:
        factors = db.metadata.tables["factors"]
        connection.execute(factors.update().values(phone_sealed=b"junk that no key opens"))
    found = json.loads(fetch(browser).data)
    assert found["factors"][0]["number"] is None


@pytest.mark.parametrize("name", account_data.AccountData.__dataclass_fields__)
def test_what_hangs_on_an_account_is_asked_on_every_database(every_site, name):
    with every_site.app.app_context():
        assert getattr(account_data_of(every_site), name) is not None


def account_data_of(site):
    """Read an account's rows as the flow does."""
    with export_data.reading():
        return account_data.of(1, site.clock())
