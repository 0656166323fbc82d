"""A lost password: a mailed link, used once, sets a new one; the second factor stays."""

import json
from dataclasses import dataclass
from datetime import datetime

from twofa.domain import tokens
from twofa.domain.budget import Charge
from twofa.domain.event import Event
from twofa.domain.passwords import Weakness
from twofa.flows.end_everything import end_all
from twofa.flows.notify import tell, write_mail
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.flows.sign_in import password_key
from twofa.storage import counters, links, tries, users
from twofa.storage.db import reading, transaction
from twofa.storage.links import Kind


@dataclass(frozen=True, slots=True)
class Done:
    """The new password is set; every session and link of the account has ended."""


@dataclass(frozen=True, slots=True)
class DeadLink:
    """The link was used, has expired, or never was one."""


def ask(services: Services, caller: Caller, email: str) -> None:
    """Mail a link to the owner of an address; to whoever asks it looks the same where nobody is.

    Nothing slow is done for the one and not for the other, and no mail goes to an address that
    no account has: it would be a way to have us write to strangers.
    """
    now = services.clock()
    link = tokens.make(services.random)
    notice = None
    with transaction():
        owner = users.credentials(email)
        charge = Charge(services.policy.reset_mails, users.key(email))
        refused = counters.take([charge], secret=services.keys.counting, now=now)
        record(
            Event.RESET_ASKED,
            caller=caller,
            user_id=owner.id if owner else None,
            now=now,
            detail=f"budget {refused.limit.scope}" if refused else "",
        )
        if owner is not None and not owner.disabled and refused is None:
            lifetime = services.policy.reset_lifetime
            links.add(
                Kind.RESET,
                owner.id,
                digest=tokens.digest(link),
                now=now,
                expires_at=now + lifetime,
            )
            notice = write_mail(
                services, to=owner.email, name="reset", user_id=owner.id, now=now, token=link
            )
        else:
            _do_as_much(services, email, link, now)
    if notice:
        services.send_later(notice)


def _do_as_much(services: Services, email: str, link: str, now: datetime) -> None:
    """Do the work of a mail and leave nothing: how long we take tells nobody's address."""
    subject, text = services.letters.mail("reset", now=now, token=link)
    payload = json.dumps({"to": email, "subject": subject, "text": text})
    services.sealer.seal(payload, about=tokens.name(services.random))
    for _ in ("its row", "the mail's"):
        links.consume(Kind.RESET, tokens.digest(link), now)  # costs what the row would


def works(services: Services, link: str) -> bool:
    """Whether a link would set a password now."""
    with reading():
        return links.owner(Kind.RESET, tokens.digest(link), services.clock()) is not None


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
    with transaction():
        held = users.hold(owner.id)
        if held is None or not links.consume(Kind.RESET, tokens.digest(link), now):
            return DeadLink()
        end_all(owner.id)
        users.replace_password(owner.id, hashed)
        # Strangers' failures were at the old password: its owner needn't wait for their sake.
        tries.forgive(password_key(services, email=owner.email, device=""))
        notice = tell(services, caller, user_id=owner.id, event=Event.PASSWORD_RESET, now=now)
    if notice:
        services.send_later(notice)
    return Done()
