"""Sets of recovery codes: made, kept as hashes, shown once."""

from twofa.domain import codes, passwords
from twofa.domain.assurance import SignIn
from twofa.domain.event import Event
from twofa.flows.notify import tell
from twofa.flows.services import Caller, Services
from twofa.storage import recovery_codes
from twofa.storage.db import transaction


def make_anew(services: Services, caller: Caller, sign_in: SignIn) -> list[str]:
    """Give ten new recovery codes; the old ones stop working."""
    new, hashes = fresh(services)
    now = services.clock()
    with transaction():
        recovery_codes.replace(sign_in.person.id, hashes)
        notice = tell(
            services, caller, user_id=sign_in.person.id, event=Event.RECOVERY_MADE, now=now
        )
    if notice:
        services.send_later(notice)
    return new


def fresh(services: Services) -> tuple[list[str], list[str]]:
    """Give new recovery codes, and their hashes in the same order; nothing is stored."""
    slots = range(1, services.policy.recovery_codes + 1)
    new = [codes.make_recovery(slot, services.random) for slot in slots]
    rounds = services.policy.recovery_bcrypt_rounds
    secrets = [parsed[1] for code in new if (parsed := codes.parse_recovery(code))]
    return new, [passwords.hash_password(secret, rounds=rounds) for secret in secrets]
