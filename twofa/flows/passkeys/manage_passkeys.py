"""List, rename and remove the passkeys of an account; offer one after a sign-in."""

from dataclasses import dataclass
from datetime import timedelta

from twofa.domain.accounts import person_names
from twofa.domain.errors import LastFactor, PasskeyUnknown
from twofa.domain.events import Event
from twofa.domain.passkeys.passkey import Passkey
from twofa.domain.sessions.assurance import SignIn, is_on
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.passkeys import ceremonies
from twofa.flows.sessions import revoke_session
from twofa.storage.engine.db import reading
from twofa.storage.passkeys import passkey_holders, passkeys
from twofa.storage.sessions import sessions
from twofa.storage.two_factor import factors

OFFER_PAUSE = timedelta(days=30)
OFFER_REFUSALS = 2
"""After so many a passkey is never offered again."""


@dataclass(frozen=True, slots=True, repr=False)
class PasskeySignal:
    """What a passkey manager is told of an account, so that it drops and renames what is old."""

    rp_id: str
    handle: bytes
    name: str
    display_name: str
    credential_ids: tuple[bytes, ...]


def listed(sign_in: SignIn) -> list[Passkey]:
    """List an account's passkeys and security keys for its owner, the oldest first."""
    with reading():
        return passkeys.listed(sign_in.person.id)


def signal(services: Services, sign_in: SignIn) -> PasskeySignal | None:
    """Return what a passkey manager is to know of an account; None where it never had a passkey."""
    person, rp_id = sign_in.person, services.rp_id
    if not rp_id:
        return None
    with reading():
        handle = passkey_holders.handle(person.id)
        if handle is None:
            return None
        own = passkeys.listed(person.id)
        number = factors.load(person.id, services.sealer, services.rp_id).number
    return PasskeySignal(
        rp_id, handle, ceremonies.name_of(person, number), ceremonies.display_name(person),
        tuple(one.credential_id for one in own if one.rp_id == rp_id),
    )  # fmt: skip


def rename(
    services: Services, caller: Caller, sign_in: SignIn, public_id: str, nickname: str
) -> None:
    """Rename one of an account's passkeys to a cleaned nickname. Raise PasskeyUnknown."""
    user_id, now = sign_in.person.id, services.clock()
    with account_lock(user_id):
        if not passkeys.rename(user_id, public_id, nickname):
            raise PasskeyUnknown("not this account's")
        record(Event.PASSKEY_RENAMED, caller=caller, user_id=user_id, now=now)


def remove(
    services: Services, caller: Caller, sign_in: SignIn, public_id: str, *, sign_out_others: bool
) -> None:
    """Remove one of an account's passkeys and tell its owner.

    ``sign_out_others`` revokes every other session too. Raise PasskeyUnknown, LastFactor.
    """
    user_id, now = sign_in.person.id, services.clock()
    with account_lock(user_id):
        own = [one for one in passkeys.listed(user_id) if one.public_id == public_id]
        if not own:
            raise PasskeyUnknown("not this account's")
        second_factors = factors.load(user_id, services.sealer, services.rp_id)
        is_usable = own[0].rp_id == services.rp_id
        if is_usable and second_factors.needs_passkey(own[0].kind, services.policy):
            raise LastFactor("nothing else signs in")
        passkeys.remove(user_id, public_id)
        if is_on(sign_in.person):
            sessions.revoke_pending(user_id, but=sign_in.id)
        others = revoke_session.sign_out_others(
            services, caller, sign_in, now, wanted=sign_out_others
        )
        tell(
            services, caller, user_id=user_id, event=Event.PASSKEY_REMOVED, now=now,
            others=others, name=person_names.greeted(own[0].nickname),
        )  # fmt: skip


def offer(services: Services, user_id: int) -> bool:
    """Return whether a passkey is to be offered after this sign-in, and note that it is.

    At most once in ``OFFER_PAUSE``, and never after ``OFFER_REFUSALS``.
    """
    if not services.rp_id:
        return False
    now = services.clock()
    with account_lock(user_id):
        before = now - OFFER_PAUSE
        return passkey_holders.note_offer(
            user_id, now, rp_id=services.rp_id, before=before, refusals=OFFER_REFUSALS
        )


def decline(services: Services, sign_in: SignIn) -> None:
    """Note that the owner of an account doesn't want a passkey now."""
    with account_lock(sign_in.person.id):
        passkey_holders.note_refusal(sign_in.person.id, services.clock())
