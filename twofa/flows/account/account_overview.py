"""The content of an account's first pages."""

from dataclasses import dataclass

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.account import change_email
from twofa.flows.context import Services
from twofa.storage.engine.db import reading
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True, repr=False)
class Overview:
    """The content of an account's first pages."""

    factors: SecondFactors
    waits_for: str
    """The address that waits for its confirmation, where none is confirmed yet; else empty."""


def look(services: Services, sign_in: SignIn) -> Overview:
    """Return the overview of a person's own account, for its first pages."""
    with reading():
        second_factors = factors.load(sign_in.person.id, services.sealer)
        pending = None if second_factors.has_email else change_email.waiting_for(services, sign_in)
    return Overview(second_factors, pending.email if pending else "")
