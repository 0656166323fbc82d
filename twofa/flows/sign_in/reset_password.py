"""A lost password: a mailed link, used once, sets a new one; the second factor stays."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain import addresses, tokens
from twofa.domain.budget import Charge
from twofa.domain.event import Event
from twofa.domain.passwords import Weakness
from twofa.flows.end_everything import end_all
from twofa.flows.locking import account_lock
from twofa.flows.notify import NOBODY, tell, write_mail
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.flows.sign_in import password_key
from twofa.storage import counters, links, tries, users
from twofa.storage.db import reading, transaction
from twofa.storage.links import Kind
from twofa.storage.users import Credentials


@dataclass(frozen=True, slots=True)
class Done:
    """The new password is set; every session and link of the account has ended."""

    email: str
    """The address of the account."""


@dataclass(frozen=True, slots=True)
class DeadLink:
    """The link was used, has expired, or never was one."""


def ask(services: Services, caller: Caller, email: str) -> None:
    """Mail a link to the owner of an address; to whoever asks it looks the same where nobody is.

    No mail goes to an address that no account has: it would be a way to have us write to
    strangers. What is written then is a mail to ``NOBODY``, so that the work after the answer
    is the same too.
    """
    now = services.clock()
    link = tokens.make(services.random)
    with transaction():
        owner = users.credentials(email)
        charge = Charge(services.policy.reset_mails, addresses.key(email))
        refused = counters.take([charge], secret=services.keys.counting, now=now)
        owner_id = owner.id if owner else None
        detail = f"budget {refused.limit.scope}" if refused else ""
        record(Event.RESET_ASKED, caller=caller, user_id=owner_id, now=now, detail=detail)
        if refused is None:
            reader = owner if owner is not None and not owner.disabled else None
            _add_link(services, reader, link, now)
            write_mail(
                services,
                to=reader.email if reader else NOBODY,
                name="reset",
                user_id=reader.id if reader else None,
                now=now,
                token=link,
            )


def _add_link(services: Services, owner: Credentials | None, link: str, now: datetime) -> None:
    digest = tokens.digest(link)
    if owner is None:
        links.consume(Kind.RESET, digest, now)  # no row, but as many statements
        return
    expires_at = now + services.policy.reset_lifetime
    links.add(Kind.RESET, owner.id, digest=digest, now=now, expires_at=expires_at)


def address_of(services: Services, link: str) -> str | None:
    """Return the address of the account whose password a link would set now; None for none."""
    with reading():
        user_id = links.owner(Kind.RESET, tokens.digest(link), services.clock())
        owner = users.by_id(user_id) if user_id is not None else None
    return owner.email if owner is not None else None


def set_password(
    services: Services, caller: Caller, *, link: str, password: str, own: tuple[str, ...]
) -> Done | DeadLink | Weakness:
    """Set a new password by a mailed link, and end all that the old one had opened.

    Sessions, pending sign-ins, open links and known devices end; two-factor sign-in stays as it
    is, and asks at the next sign-in. Raises Busy.
    """
    with reading():
        user_id = links.owner(Kind.RESET, tokens.digest(link), services.clock())
        owner = users.by_id(user_id) if user_id is not None else None
    if owner is None or owner.disabled_at is not None:
        return DeadLink()
    with services.hasher.line():
        fault = services.hasher.weakness(password, own=(owner.email, *own))
        if fault:
            return fault
        hashed = services.hasher.hash(password)
    now = services.clock()
    with account_lock(owner.id) as held:
        if held is None or not links.consume(Kind.RESET, tokens.digest(link), now):
            return DeadLink()
        end_all(owner.id)
        users.replace_password(owner.id, hashed)
        # Strangers' failures were at the old password: its owner needn't wait for their sake.
        # So were those of this browser, where the account knows it.
        for device in {"", caller.device}:
            tries.forgive(password_key(services, email=owner.email, device=device))
        tell(services, caller, user_id=owner.id, event=Event.PASSWORD_RESET, now=now)
    return Done(owner.email)
