"""Required two-factor sign-in: for which accounts, and from when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from twofa.domain.sessions.assurance import Person, is_on


@dataclass(frozen=True, slots=True)
class Enforcement:
    """An operator's rule that accounts need two-factor sign-in."""

    role: str
    """The role that it applies to; "" for all accounts."""
    begins: datetime
    """Accounts created from then on need it at once."""
    grace: timedelta
    """The time after ``begins`` that earlier accounts have left."""

    @property
    def ends(self) -> datetime:
        """The end of the grace period in which earlier accounts must enable two-factor sign-in."""
        return self.begins + self.grace


def due(person: Person, rule: Enforcement | None) -> datetime | None:
    """Compute by the rule when an account begins to need two-factor sign-in; None where never."""
    if rule is None or (rule.role and person.role != rule.role):
        return None
    return person.created_at if person.created_at >= rule.begins else rule.ends


def is_required(person: Person, rule: Enforcement | None, now: datetime) -> bool:
    """Decide by the rule whether an account needs two-factor sign-in now and can't disable it."""
    since = due(person, rule)
    return since is not None and since <= now


def is_overdue(person: Person, rule: Enforcement | None, now: datetime) -> bool:
    """Decide by the rule whether an account needs two-factor sign-in by now and has it off."""
    return rule is not None and not is_on(person) and is_required(person, rule, now)


def stage(rule: Enforcement, before: tuple[timedelta, ...], now: datetime) -> datetime | None:
    """Compute by the rule when accounts' newest reminder was due; None outside the grace period.

    One is due as the grace period begins, the others the intervals ``before`` it ends. Missed
    ones aren't sent later: only the newest counts.
    """
    if not rule.begins <= now < rule.ends:
        return None
    moments = [at for step in before if rule.begins <= (at := rule.ends - step) <= now]
    return max(moments, default=rule.begins)
