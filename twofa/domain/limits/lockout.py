"""Attempt limits: how many wrong attempts, when a lockout begins, when a factor is switched off."""

from dataclasses import dataclass, replace
from datetime import datetime

from twofa.domain.limits.limits import TryRule

FORGET = 4
"""Lockouts start over at the shortest after this many times the longest without an attempt."""


@dataclass(frozen=True, slots=True)
class Tries:
    """The attempts paid for so far under one key; a right one resets them."""

    began: datetime
    counted: int = 0
    in_a_row: int = 0
    rests: int = 0
    rests_until: datetime | None = None
    guess: bytes | None = None
    """Keyed digest of the newest attempt's code, until it has been compared."""


@dataclass(frozen=True, slots=True)
class Paid:
    """An attempt was paid for; ``left`` more may follow before a lockout."""

    tries: Tries
    left: int


@dataclass(frozen=True, slots=True)
class Resting:
    """A lockout: no attempt is accepted before ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Off:
    """The factor is switched off (NIST SP 800-63B-4 3.2.2: at most 100 failures in a row)."""


def spend(
    tries: Tries | None, rule: TryRule, now: datetime, guess: bytes | None = None
) -> Paid | Resting | Off:
    """Decide whether an attempt limit takes one more attempt, paid for before it is compared.

    The same ``guess``, posted again before it has been compared, is paid for once.
    """
    tries = tries or Tries(began=now)
    if guess is not None and tries.guess == guess:
        return Paid(tries, max(0, rule.limit - tries.counted))
    if rule.switches_off and is_row_full(tries, rule):
        return Off()
    if tries.rests_until is not None and now < tries.rests_until:
        return Resting(tries.rests_until)
    tries = _renewed(tries, rule, now)
    tries = replace(tries, counted=tries.counted + 1, in_a_row=tries.in_a_row + 1, guess=guess)
    if tries.counted >= rule.limit:
        rest = rule.rests[min(tries.rests, len(rule.rests) - 1)]
        tries = replace(tries, rests=tries.rests + 1, rests_until=now + rest)
    return Paid(tries, max(0, rule.limit - tries.counted))


def is_row_full(tries: Tries, rule: TryRule) -> bool:
    """Decide whether wrong attempts in a row have reached the attempt limit's ``row_limit``."""
    return rule.row_limit is not None and tries.in_a_row >= rule.row_limit


def _renewed(tries: Tries, rule: TryRule, now: datetime) -> Tries:
    anew = replace(tries, began=now, counted=0, rests=0, rests_until=None)
    if tries.rests_until is None:
        return anew if now - tries.began >= rule.window else tries
    if rule.fresh_after_rest or now - tries.rests_until >= rule.rests[-1] * FORGET:
        return anew
    # After a lockout each further attempt begins the next, longer lockout.
    return replace(tries, counted=rule.limit - 1, rests_until=None)
