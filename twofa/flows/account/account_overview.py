"""The content of an account's first pages."""

from dataclasses import dataclass

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.account import change_email
from twofa.flows.context import Services
from twofa.storage.engine.db import reading
from twofa.storage.sessions import session_list
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True, repr=False)
class Overview:
    """The content of an account's first pages."""

    factors: SecondFactors
    waits_for: str
    """The address that waits for its confirmation, where none is confirmed yet; else empty."""


@dataclass(frozen=True, slots=True, repr=False)
class SettingsOverview(Overview):
    """The content of the settings' first pages."""

    devices: int
    """Complete sessions of the account that haven't expired, this one among them."""


def look(services: Services, sign_in: SignIn) -> Overview:
    """Return the overview of a person's own account, for the dashboard."""
    with reading():
        second_factors = factors.load(sign_in.person.id, services.sealer, services.rp_id)
        pending = None if second_factors.has_email else change_email.waiting_for(services, sign_in)
    return Overview(second_factors, pending.email if pending else "")


def settings(services: Services, sign_in: SignIn) -> SettingsOverview:
    """Return the overview of a person's own account, for the settings."""
    with reading():
        account = look(services, sign_in)
        living = session_list.count(sign_in.person.id, services.clock())
    return SettingsOverview(account.factors, account.waits_for, living)
