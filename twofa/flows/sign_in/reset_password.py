"""Reset a lost password: an email link, used once, sets a new one; the second factor stays."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain.accounts import email_addresses
from twofa.domain.events import Event
from twofa.domain.limits.send_limit_rules import Charge
from twofa.domain.sessions import tokens
from twofa.domain.sign_in.passwords import Weakness
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import NOBODY, tell, write_mail
from twofa.flows.sessions.revoke_all import end_all
from twofa.flows.sign_in.password_sign_in import password_key
from twofa.storage.accounts import email_links, users
from twofa.storage.accounts.email_links import Kind
from twofa.storage.accounts.users import Credentials
from twofa.storage.engine.db import reading, transaction
from twofa.storage.limits import attempt_limits, send_limits
from twofa.storage.passkeys import passkeys


@dataclass(frozen=True, slots=True)
class Done:
    """The new password is set; every session and link of the account was revoked."""

    email: str
    """The address of the account."""


@dataclass(frozen=True, slots=True)
class DeadResetLink:
    """The link was used, has expired, or never existed."""


def ask(services: Services, caller: Caller, email: str) -> None:
    """Email a link to reset a lost password; the answer is the same where nobody has the address.

    No email goes to an address without an account: it would be a way to have us write to
    strangers. Instead an email to ``NOBODY`` is queued, so that the work after the answer is the
    same too.
    """
    now = services.clock()
    link = tokens.make(services.random)
    with transaction():
        owner = users.credentials(email)
        charge = Charge(services.policy.reset_mails, email_addresses.key(email))
        refused = send_limits.take([charge], secret=services.keys.counting, now=now)
        owner_id = owner.id if owner else None
        detail = f"budget {refused.limit.scope}" if refused else ""
        record(
            Event.PASSWORD_RESET_REQUESTED, caller=caller, user_id=owner_id, now=now, detail=detail
        )
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
        email_links.consume(Kind.RESET, digest, now)  # no row, but as many statements
        return
    expires_at = now + services.policy.reset_lifetime
    email_links.add(Kind.RESET, owner.id, digest=digest, now=now, expires_at=expires_at)


@dataclass(frozen=True, slots=True, repr=False)
class ResetAccount:
    """The account whose lost password a link resets."""

    email: str
    passkeys: tuple[str, ...]
    """The names of its passkeys, which stay."""


def account_of(services: Services, link: str) -> ResetAccount | None:
    """Return the account whose lost password a link resets; None for a dead link."""
    with reading():
        user_id = email_links.owner(Kind.RESET, tokens.digest(link), services.clock())
        owner = users.by_id(user_id) if user_id is not None else None
        if owner is None:
            return None
        names = tuple(one.nickname for one in passkeys.listed(owner.id) if one.verified)
    return ResetAccount(owner.email, names)


def set_password(
    services: Services, caller: Caller, *, link: str, password: str, own: tuple[str, ...]
) -> Done | DeadResetLink | Weakness:
    """Reset a lost password by an email link, and revoke all that the old one had opened.

    Sessions, pending ones too, open links and known devices end; two-factor sign-in stays as it
    is, and asks at the next sign-in. Raise Busy.
    """
    with reading():
        user_id = email_links.owner(Kind.RESET, tokens.digest(link), services.clock())
        owner = users.by_id(user_id) if user_id is not None else None
    if owner is None or owner.disabled_at is not None:
        return DeadResetLink()
    with services.hasher.line():
        fault = services.hasher.weakness(password, own=(owner.email, *own))
        if fault:
            return fault
        hashed = services.hasher.hash(password)
    now = services.clock()
    with account_lock(owner.id) as account:
        if account is None or not email_links.consume(Kind.RESET, tokens.digest(link), now):
            return DeadResetLink()
        end_all(owner.id)
        users.replace_password(owner.id, hashed, now)
        # Strangers' lockout was of the old password: its owner needn't wait for their sake.
        # So was that of this browser, where the account knows it.
        for device in {"", caller.device}:
            attempt_limits.forgive(password_key(services, email=owner.email, device=device))
        tell(services, caller, user_id=owner.id, event=Event.PASSWORD_RESET, now=now)
    return Done(owner.email)
