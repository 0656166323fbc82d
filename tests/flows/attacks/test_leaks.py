"""After a whole journey: no code, password, number, token or link stands where it must not be."""

import base64
import hashlib
from pathlib import Path

import pytest
from sqlalchemy import literal_column, select, text
from support.site.concurrency import address
from support.site.world import world_of
from support.stories.journey import NAMES, PASSWORD, listening, signer, tell

from twofa.storage.engine.db import db


@pytest.fixture(scope="module")
def story(tmp_path_factory, empty_sqlite, outside):
    """Tell a person's whole story once, mishaps included."""
    folder = tmp_path_factory.mktemp("story")
    (folder / "story.db").write_bytes(empty_sqlite)
    url = f"sqlite:///{folder}/story.db"
    with (
        listening() as log,
        world_of(url, folder, make_tables=lambda _app: None, **outside) as world,
    ):
        yield tell(world, log)


def forms(secret):
    """Return a secret as it may stand in a database."""
    plain = secret.encode()
    yield plain
    yield plain.hex().encode()
    yield base64.b64encode(plain).rstrip(b"=")
    yield base64.urlsafe_b64encode(plain).rstrip(b"=")


def digests(secret):
    """Return the digests of a secret that anybody could make without our key."""
    for name in ("md5", "sha1", "sha256", "sha384", "sha512"):
        digest = hashlib.new(name, secret.encode())
        yield digest.digest()
        yield digest.hexdigest().encode()


def dump(world):
    """Return every value of every table as bytes, by table and column."""
    with world.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            raw = select(*(literal_column(column.name) for column in table.c)).select_from(table)
            for row in connection.execute(raw):
                for column, value in zip(table.c.keys(), row, strict=True):
                    found = value if isinstance(value, bytes) else str(value).encode()
                    yield f"{table.name}.{column}", found


def test_no_secret_stands_in_the_database(story):
    values = list(dump(story.world))
    assert {name.partition(".")[0] for name, _ in values} >= {
        "users",
        "sessions",
        "codes",
        "events",
    }
    for secret in story.all():
        for form in forms(secret):
            assert not [name for name, value in values if form in value]
    for secret in story.all("token", "link"):
        for digest in digests(secret):
            assert not [name for name, value in values if digest in value]


def test_no_secret_stands_in_the_files_of_the_database(story):
    url = story.world.app.config["SQLALCHEMY_DATABASE_URI"]
    path = url.removeprefix("sqlite:///")
    content = b"".join(Path(f"{path}{end}").read_bytes() for end in ("", "-wal"))
    assert b"canary-" in content
    for secret in story.all():
        assert secret.encode() not in content


def test_no_secret_stands_in_the_log_which_still_tells_what_happened(story):
    for event in ("otp_fail", "authn_login_fail", "recovery_code_used"):
        assert event in story.log
    assert " by plivo: accepted status=202" in story.log
    for secret in story.all():
        assert secret not in story.log


def test_codes_passwords_tokens_and_links_stand_in_no_page_and_no_address(story):
    for browser in story.browsers:
        for path, answer in browser.answers:
            headers = str([(k, v) for k, v in answer.headers if k != "Set-Cookie"])
            for secret in story.all("number", "recovery code"):
                assert secret not in answer.text, path
            for secret in story.all("link"):
                assert secret not in path + headers, path


def test_the_number_is_masked_on_every_page(story):
    for browser in story.browsers:
        for path, answer in browser.answers:
            for secret in story.secrets["number"]:
                assert secret not in answer.text, path
                assert secret not in path


def test_recovery_codes_stand_in_the_one_page_that_shows_them(story):
    pages = [
        path
        for browser in story.browsers
        for path, answer in browser.answers
        if any(code in answer.text for code in story.secrets["recovery code"])
    ]
    assert pages == ["/settings/2fa/recovery-codes/new"] * 2


def test_cookies_hold_tokens_and_nothing_of_the_person(story):
    seen = 0
    for browser in story.browsers:
        for value in browser.cookies:
            held = value if len(value) == 43 else str(signer(story.world).loads(value))
            seen += 1
            for secret in (*story.all("token"), *NAMES, "canary-", "example.com"):
                assert secret not in held
    assert seen >= 8


def test_a_broken_database_puts_no_row_into_the_log(every_site):
    email = f"canary-{address()}@example.com"
    browser = every_site.stranger()
    with listening() as log:
        rename(every_site, "registrations", "elsewhere")
        answer = browser.post("/register", {"email": email, "password": PASSWORD})
        rename(every_site, "elsewhere", "registrations")
    assert answer.status_code in (500, 503)
    assert log.getvalue()
    for secret in (PASSWORD, "$2b$", email, "INSERT", "registrations"):
        assert secret not in answer.text
    for secret in (PASSWORD, "$2b$", email):
        assert secret not in log.getvalue()


def rename(world, old, new):
    """Rename a table."""
    with world.app.app_context(), db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
