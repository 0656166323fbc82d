"""The factors of an account, for its pages."""

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.context import Services
from twofa.storage.engine.db import reading
from twofa.storage.two_factor import factors


def load(services: Services, sign_in: SignIn) -> SecondFactors:
    """Return the factors for two-factor sign-in of a session's account."""
    with reading():
        return factors.load(sign_in.person.id, services.sealer, services.rp_id)
