"""How two-factor sign-in of an account stands, for its pages."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain import assurance
from twofa.domain.assurance import SignIn
from twofa.flows import send_code
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
    keeps_number: bool
    """Whether the number outlives two-factor sign-in."""


def overview(services: Services, sign_in: SignIn) -> Overview:
    """Say how an account's second step stands."""
    user_id = sign_in.person.id
    with reading():
        factor = factors.sms_of(user_id)
        left = recovery_codes.left(user_id)
        # An account by phone has a number from the start, any other a password.
        may = sign_in.person.twofa_since is None and bool(sign_in.person.email)
        may = may and (factor is None or may_turn_on(sign_in))
    phone = send_code.number_of(services, factor)
    return Overview(
        phone,
        factor.confirmed_at if factor else None,
        left,
        bool(factor and factor.off),
        may,
        keeps_number(services, factor),
    )


def phone_of(services: Services, sign_in: SignIn) -> str | None:
    """Give an account's confirmed number, where it has one that can be read."""
    with reading():
        factor = factors.sms_of(sign_in.person.id)
    return send_code.number_of(services, factor)


def keeps_number(services: Services, factor: SmsFactor | None) -> bool:
    """Whether a number stays when two-factor sign-in goes: its owner signs in with it.

    That is, the account was made with a number, and coming in by phone is open here. Any other
    number serves the second step alone, and is deleted with it: left behind it would let whoever
    has the phone in, which its owner never asked for.
    """
    if factor is None or factor.off:
        return False
    return factor.signs_in and services.policy.phone_sign_in != "off"


def may_turn_on(sign_in: SignIn) -> bool:
    """Whether the account has more than its phone, so that two factors are two; within reading."""
    has_password = users.password_hash(sign_in.person.id) is not None
    return assurance.may_turn_on(sign_in.person, has_password=has_password)
