"""Who must have two-factor sign-in, and from when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from twofa.domain.sessions.assurance import Person, is_on


@dataclass(frozen=True, slots=True)
class Enforcement:
    """An operator's word that accounts need a second factor."""

    role: str
    """Whose; nothing for everybody's."""
    begins: datetime
    """Accounts made from here on need it at once."""
    grace: timedelta
    """How much longer the accounts that were there have."""

    @property
    def ends(self) -> datetime:
        """Give when the grace of the accounts that were there is over."""
        return self.begins + self.grace


def due(person: Person, rule: Enforcement | None) -> datetime | None:
    """Give from when an account needs a second factor; None where it needs none."""
    if rule is None or (rule.role and person.role != rule.role):
        return None
    return person.created_at if person.created_at >= rule.begins else rule.ends


def is_required(person: Person, rule: Enforcement | None, now: datetime) -> bool:
    """Whether an account needs a second factor by now, and so may not be without one."""
    since = due(person, rule)
    return since is not None and since <= now


def is_overdue(person: Person, rule: Enforcement | None, now: datetime) -> bool:
    """Whether an account needs a second factor by now and has none."""
    return rule is not None and not is_on(person) and is_required(person, rule, now)


def stage(rule: Enforcement, before: tuple[timedelta, ...], now: datetime) -> datetime | None:
    """Give when the reminder was due that counts now; None where none does.

    One goes out as the grace begins, the others so long ``before`` it ends. Who comes late to
    the first gets the one that counts now, and not those that were missed.
    """
    if not rule.begins <= now < rule.ends:
        return None
    passed = [at for step in before if rule.begins <= (at := rule.ends - step) <= now]
    return max(passed, default=rule.begins)
