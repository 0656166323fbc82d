"""The factors of an account as one value, and what follows from them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from twofa.domain.accounts.second_factors import (
    NOBODYS,
    AppFactor,
    PhoneFactor,
    SecondFactors,
    Way,
    Ways,
)
from twofa.domain.otp.challenge import Purpose
from twofa.domain.passkeys.passkey import CredentialKind
from twofa.domain.policy import Policy

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NUMBER = "+14155550123"
PHONE = PhoneFactor(NUMBER, NOW, off=False, signs_in=False)
APP = AppFactor("GEZDGNBVGY3TQOJQ", b"sealed", None, NOW, off=False)
ADA = SecondFactors(1, NOW, has_email=True, has_password=True, phone=PHONE, app=APP, codes_left=10)
OFF = replace(ADA, twofa_since=None, app=None)
OPEN, SHUT = Policy(phone_sign_in="sign_up"), Policy(phone_sign_in="off")


@pytest.mark.parametrize(("has_password", "has_email"), list(product([True, False], repeat=2)))
def test_two_factors_need_a_password_and_an_address(has_password, has_email):
    held = replace(OFF, has_password=has_password, has_email=has_email)
    assert held.may_use_sms is held.may_enable_sms is (has_password and has_email)


def test_a_number_turns_on_nothing_that_is_on():
    assert not replace(ADA, phone=None).may_enable_sms


def test_a_number_comes_beside_an_app_once_and_where_its_owner_is_reachable():
    assert replace(ADA, phone=None).may_add_phone
    assert not ADA.may_add_phone
    assert not replace(ADA, phone=None, has_email=False).may_add_phone
    assert not replace(ADA, phone=None, twofa_since=None).may_add_phone


def test_an_app_needs_an_owner_who_is_reachable():
    assert ADA.may_set_up_app
    assert not replace(ADA, has_email=False).may_set_up_app


def test_what_is_switched_off_or_cant_be_decrypted_takes_no_code():
    assert ADA.takes_sms
    assert ADA.takes_app
    off, lost = replace(PHONE, off=True), replace(PHONE, number=None)
    assert not replace(ADA, phone=off).takes_sms
    assert replace(ADA, phone=off).number == NUMBER
    assert not replace(ADA, phone=lost).takes_sms
    assert not replace(ADA, app=replace(APP, off=True)).takes_app
    assert not replace(ADA, app=replace(APP, secret=None)).takes_app
    assert not NOBODYS.takes_sms
    assert not NOBODYS.takes_app


@pytest.mark.parametrize(
    ("held", "needed"),
    [
        (ADA, False),
        (replace(ADA, phone=None), True),
        (replace(ADA, phone=replace(PHONE, off=True)), True),
        (replace(ADA, has_password=False), True),
        (replace(ADA, twofa_since=None, phone=None), False),
        (replace(ADA, phone=None, passkeys=1), False),
        (replace(ADA, phone=None, security_keys=1), False),
        (replace(ADA, has_password=False, passkeys=1), False),
    ],
)
def test_the_app_is_needed_where_no_other_two_factors_are_left(held, needed):
    assert held.needs_app is needed


@pytest.mark.parametrize(
    ("held", "policy", "kept"),
    [
        (ADA, OPEN, False),
        (replace(ADA, phone=replace(PHONE, signs_in=True)), OPEN, True),
        (replace(ADA, phone=replace(PHONE, signs_in=True)), SHUT, False),
        (replace(ADA, phone=replace(PHONE, signs_in=True, off=True)), OPEN, False),
        (replace(ADA, has_password=False), SHUT, True),
        (replace(ADA, has_password=False, phone=replace(PHONE, off=True)), OPEN, True),
        (replace(ADA, has_password=False, phone=None), OPEN, False),
    ],
)
def test_a_number_outlives_two_factor_sign_in_where_its_owner_signs_in_with_it(held, policy, kept):
    assert held.keeps_phone(policy) is kept
    is_spare = held.phone is not None and not kept
    assert held.may_remove_phone(policy) is is_spare


BARE = replace(ADA, phone=None, app=None)
"""Two-factor sign-in, and nothing for it but what a test adds."""
APP_OFF, PHONE_OFF = replace(APP, off=True), replace(PHONE, off=True)


@pytest.mark.parametrize(
    ("held", "kind", "needed"),
    [
        (replace(BARE, passkeys=1), CredentialKind.PASSKEY, True),
        (replace(BARE, security_keys=1), CredentialKind.SECURITY_KEY, True),
        (replace(BARE, passkeys=2), CredentialKind.PASSKEY, False),
        (replace(BARE, passkeys=1, security_keys=1), CredentialKind.PASSKEY, False),
        (replace(BARE, passkeys=1, security_keys=1), CredentialKind.SECURITY_KEY, False),
        (replace(BARE, passkeys=1, phone=PHONE), CredentialKind.PASSKEY, False),
        (replace(BARE, passkeys=1, phone=PHONE_OFF), CredentialKind.PASSKEY, True),
        (replace(BARE, passkeys=1, app=APP), CredentialKind.PASSKEY, False),
        (replace(BARE, passkeys=1, app=APP_OFF), CredentialKind.PASSKEY, True),
        (replace(BARE, passkeys=1, app=APP_OFF, phone=PHONE_OFF), CredentialKind.PASSKEY, True),
        (replace(BARE, passkeys=1, app=replace(APP, secret=None)), CredentialKind.PASSKEY, True),
    ],
)
def test_with_two_factor_sign_in_the_last_passkey_is_needed(held, kind, needed):
    assert held.needs_passkey(kind, OPEN) is needed
    assert not replace(held, twofa_since=None).needs_passkey(kind, OPEN), "the password signs in"


@pytest.mark.parametrize(
    ("held", "kind", "needed"),
    [
        (replace(BARE, passkeys=1, phone=PHONE), CredentialKind.PASSKEY, True),
        (replace(BARE, passkeys=1, phone=PHONE, app=APP), CredentialKind.PASSKEY, False),
        (replace(BARE, passkeys=1, phone=PHONE, twofa_since=None), CredentialKind.PASSKEY, False),
        (replace(BARE, passkeys=1, twofa_since=None), CredentialKind.PASSKEY, True),
        (replace(BARE, passkeys=1, app=APP), CredentialKind.PASSKEY, True),
        (replace(BARE, passkeys=1, security_keys=1), CredentialKind.PASSKEY, True),
        (replace(BARE, passkeys=1, security_keys=1), CredentialKind.SECURITY_KEY, False),
        (replace(BARE, passkeys=2, twofa_since=None), CredentialKind.PASSKEY, False),
        (
            replace(BARE, passkeys=1, phone=replace(PHONE, number=None), twofa_since=None),
            CredentialKind.PASSKEY,
            True,
        ),
    ],
)
def test_without_a_password_a_number_or_a_passkey_signs_in(held, kind, needed):
    assert replace(held, has_password=False).needs_passkey(kind, OPEN) is needed


def test_a_passkey_needs_an_owner_who_is_reachable():
    assert ADA.may_add_passkey
    assert not replace(ADA, has_email=False).may_add_passkey


def test_without_a_password_a_number_signs_in_only_where_the_phone_does():
    held = replace(BARE, passkeys=1, phone=PHONE, twofa_since=None, has_password=False)
    assert held.needs_passkey(CredentialKind.PASSKEY, replace(OPEN, phone_sign_in="off"))


def test_the_safest_factor_is_asked_for_first():
    for held in (replace(ADA, passkeys=1), replace(ADA, security_keys=1)):
        assert held.has_passkey
        assert held.first_way is Way.PASSKEY
    assert ADA.first_way is Way.APP
    assert replace(ADA, app=APP_OFF).first_way is Way.SMS
    assert replace(ADA, app=None).first_way is Way.SMS


def test_a_passkey_lets_a_spare_number_go():
    for held in (replace(ADA, passkeys=1), replace(ADA, security_keys=1)):
        assert replace(held, app=None).may_remove_phone(OPEN)
        assert not replace(held, app=None, has_password=False).may_remove_phone(OPEN)


def test_no_number_is_removed_without_an_app_nor_once_it_is_off():
    assert not replace(ADA, app=None).may_remove_phone(OPEN)
    assert not replace(ADA, app=replace(APP, off=True)).may_remove_phone(OPEN)
    assert not replace(ADA, twofa_since=None).may_remove_phone(OPEN)


@pytest.mark.parametrize(
    ("purpose", "with_password", "without"),
    [
        (Purpose.SIGN_IN, NUMBER, NUMBER),
        (Purpose.CHANGE, NUMBER, NUMBER),
        (Purpose.DISABLE, NUMBER, None),
        (Purpose.PROVE, None, NUMBER),
    ],
)
def test_a_phone_vouches_for_itself_nowhere(purpose, with_password, without):
    assert ADA.number_for(purpose) == with_password
    assert replace(ADA, has_password=False).number_for(purpose) == without
    assert replace(ADA, phone=None, has_password=False).number_for(purpose) is None


def test_a_fresh_proof_was_of_the_number_where_it_was_a_code_to_it():
    by_phone = replace(OFF, has_password=False)
    assert by_phone.was_phone_proved(NOW)
    assert not by_phone.was_phone_proved(NOW - timedelta(microseconds=1))
    assert not by_phone.was_phone_proved(None)
    assert not OFF.was_phone_proved(NOW)
    assert not replace(by_phone, twofa_since=NOW).was_phone_proved(NOW)


def test_the_second_step_is_another_factor_than_the_first():
    assert ADA.ways(by_phone=False) == Ways(app=True, passkey=False, sms=True, password=False)
    assert ADA.ways(by_phone=True) == Ways(app=True, passkey=False, sms=False, password=True)
    for held in (replace(ADA, passkeys=1), replace(ADA, security_keys=1)):
        for by_phone in (True, False):
            assert held.ways(by_phone=by_phone) == replace(
                ADA.ways(by_phone=by_phone), passkey=True
            )


def test_a_number_is_changed_where_there_is_one_or_ought_to_be():
    assert ADA.may_change_phone
    assert OFF.may_change_phone
    assert replace(ADA, phone=None).may_change_phone
    assert not replace(OFF, phone=None).may_change_phone
