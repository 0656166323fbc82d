"""One credential: its signature counter, its kind, and its name."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from twofa.domain.passkeys import passkey
from twofa.domain.passkeys.passkey import CredentialKind, Passkey

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = Passkey(
    1, "public", 1, b"id", b"cose", "login.example.com", 5, "usb",
    verified=True, backup_eligible=False, backed_up=False, nickname="Key", created_at=NOW,
    used_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "is_cloned"),
    [(0, 0, False), (0, 1, False), (5, 6, False), (5, 5, True), (5, 4, True), (5, 0, True),
     (2**32 - 1, 2**32 - 1, True), (5, 2**32 - 1, False)],
)  # fmt: skip
def test_a_counter_that_doesnt_rise_speaks_for_a_copy(before, after, is_cloned):
    assert passkey.is_cloned(replace(KEY, sign_count=before), after) is is_cloned


@pytest.mark.parametrize(("before", "after"), [(5, 5), (5, 4), (5, 0), (0, 0), (0, 7)])
def test_that_of_a_passkey_on_several_devices_says_nothing(before, after):
    synced = replace(KEY, sign_count=before, backup_eligible=True)
    assert not passkey.counts(synced, after)
    assert not passkey.is_cloned(synced, after)


def test_its_kind_is_what_was_verified_when_it_was_created():
    assert KEY.kind is CredentialKind.PASSKEY
    assert replace(KEY, verified=False).kind is CredentialKind.SECURITY_KEY


@pytest.mark.parametrize(
    ("nickname", "is_usable"),
    [("", False), ("a", True), ("a" * 60, True), ("a" * 61, False)],
)
def test_a_name_has_1_to_60_characters(nickname, is_usable):
    assert passkey.is_usable_name(nickname) is is_usable


def test_a_name_is_cleaned():
    assert passkey.clean_name("  Work \u202e\u200b  laptop ") == "Work laptop"
    assert passkey.clean_name("\u200b") == ""
    assert len(passkey.clean_name("\ufb2c" * 60)) == 180, "composed, it may be longer"


def test_a_credential_is_found_by_its_digest():
    assert len(passkey.credential_digest(b"x" * 1023)) == 32
    assert passkey.credential_digest(b"a") != passkey.credential_digest(b"b")
