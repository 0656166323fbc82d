"""How two-factor sign-in of an account stands, for its pages."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain import assurance
from twofa.domain.assurance import SignIn, Step, next_step
from twofa.flows import manage_app, send_code, use_app
from twofa.flows.services import Services
from twofa.storage import factors, recovery_codes, users
from twofa.storage.db import reading
from twofa.storage.factors import SmsFactor


@dataclass(frozen=True, slots=True, repr=False)
class Overview:
    """Two-factor sign-in of an account, for its pages."""

    phone: str | None
    since: datetime | None
    codes_left: int
    sms_off: bool
    may_turn_on: bool
    """Whether a number may be the second factor of an account that has it off."""
    app_since: datetime | None
    """Since when there is an authenticator app."""
    app_counts: bool
    """Whether its codes are taken: it isn't switched off."""
    may_set_app_up: bool
    may_add_number: bool
    """Whether a number may come beside the app of an account that has it on."""


@dataclass(frozen=True, slots=True)
class Ways:
    """By what a pending sign-in may be completed, recovery codes aside."""

    app: bool
    """By the code of an authenticator app."""
    sms: bool
    """By a code to the confirmed number; not where that was the first step."""
    password: bool
    """By the password; only where a code by phone was the first step."""


@dataclass(frozen=True, slots=True, repr=False)
class Brief:
    """What an account is protected by, in short."""

    phone: str | None
    takes_sms: bool
    """Whether codes to that number are taken: they aren't switched off."""
    takes_app: bool
    """Whether there is an authenticator app whose codes are taken."""
    has_password: bool


def overview(services: Services, sign_in: SignIn) -> Overview:
    """Say how an account's second step stands."""
    user_id = sign_in.person.id
    with reading():
        held = factors.of(user_id)
        left = recovery_codes.left(user_id)
        # An account by phone has a number from the start, any other a password.
        may = sign_in.person.twofa_since is None and bool(sign_in.person.email)
        may = may and (held.sms is None or may_turn_on(sign_in))
    return Overview(
        send_code.number_of(services, held.sms),
        held.sms.confirmed_at if held.sms else None,
        left,
        bool(held.sms and held.sms.off),
        may,
        held.app.confirmed_at if held.app else None,
        use_app.usable(services, held.app) is not None,
        manage_app.may_set_up(sign_in),
        sign_in.person.twofa_since is not None and held.sms is None and bool(sign_in.person.email),
    )


def ways(services: Services, sign_in: SignIn) -> Ways:
    """Say by what a pending sign-in may be completed."""
    by_phone = next_step(sign_in) is Step.PASSWORD
    with reading():
        held = factors.of(sign_in.person.id)
        password = by_phone and users.password_hash(sign_in.person.id) is not None
    sms = held.sms if held.sms and not held.sms.off and not by_phone else None
    return Ways(
        use_app.usable(services, held.app) is not None,
        send_code.number_of(services, sms) is not None,
        password,
    )


def phone_of(services: Services, sign_in: SignIn) -> str | None:
    """Give an account's confirmed number, where it has one that can be read."""
    with reading():
        factor = factors.sms_of(sign_in.person.id)
    return send_code.number_of(services, factor)


def brief(services: Services, sign_in: SignIn) -> Brief:
    """Say what an account is protected by."""
    with reading():
        held = factors.of(sign_in.person.id)
        has_password = users.password_hash(sign_in.person.id) is not None
    phone = send_code.number_of(services, held.sms)
    takes_sms = phone is not None and not (held.sms and held.sms.off)
    return Brief(phone, takes_sms, use_app.usable(services, held.app) is not None, has_password)


def keeps(services: Services, sign_in: SignIn) -> bool:
    """Whether the account's number outlives two-factor sign-in."""
    with reading():
        has_password = users.password_hash(sign_in.person.id) is not None
        sms = factors.sms_of(sign_in.person.id)
    return keeps_number(services, sms, has_password=has_password)


def keeps_number(services: Services, factor: SmsFactor | None, *, has_password: bool) -> bool:
    """Whether a number stays when two-factor sign-in goes: its owner signs in with it.

    That is, there is no password, or the account was made with a number and coming in by phone
    is open here. Any other number serves the second step alone, and is deleted with it: left
    behind it would let whoever has the phone in, which its owner never asked for.
    """
    if factor is None or not has_password:
        return factor is not None
    if factor.off:
        return False
    return factor.signs_in and services.policy.phone_sign_in != "off"


def may_turn_on(sign_in: SignIn) -> bool:
    """Whether the account has more than its phone, so that two factors are two; within reading."""
    has_password = users.password_hash(sign_in.person.id) is not None
    return assurance.may_turn_on(sign_in.person, has_password=has_password)


def has_password(sign_in: SignIn) -> bool:
    """Whether the account has a password."""
    with reading():
        return users.password_hash(sign_in.person.id) is not None


def needs_app(sign_in: SignIn) -> bool:
    """Whether two-factor sign-in couldn't go on without the account's authenticator app."""
    with reading():
        has_password = users.password_hash(sign_in.person.id) is not None
        held = factors.of(sign_in.person.id)
    return manage_app.is_needed(sign_in, held, has_password=has_password)
