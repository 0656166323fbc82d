"""A budget of wrong answers: how many, when answering rests, when a factor goes off."""

from dataclasses import dataclass, replace
from datetime import datetime

from twofa.domain.limits.limits import TryRule

FORGET = 4
"""A ladder of rests is forgotten after this many times its longest rest without a failure."""


@dataclass(frozen=True, slots=True)
class Tries:
    """What was paid so far for one key; a right answer empties it."""

    began: datetime
    counted: int = 0
    in_a_row: int = 0
    rests: int = 0
    rests_until: datetime | None = None
    guess: bytes | None = None
    """Keyed digest of the newest answer paid for, until it has been judged."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A try was paid for; ``left`` more may follow at once."""

    tries: Tries
    left: int


@dataclass(frozen=True, slots=True)
class Resting:
    """No try counts before ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Off:
    """The factor had its last wrong answer (NIST SP 800-63B-4 3.2.2: at most 100 in a row)."""


def spend(
    tries: Tries | None, rule: TryRule, now: datetime, guess: bytes | None = None
) -> Paid | Resting | Off:
    """Pay for one try in advance; whoever answers right is given everything back.

    The same ``guess`` sent again while it is being judged is the same try, paid for once.
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
    """Whether as many failures in a row were counted as the rule bears."""
    return rule.row_limit is not None and tries.in_a_row >= rule.row_limit


def _renewed(tries: Tries, rule: TryRule, now: datetime) -> Tries:
    anew = replace(tries, began=now, counted=0, rests=0, rests_until=None)
    if tries.rests_until is None:
        return anew if now - tries.began >= rule.window else tries
    if rule.fresh_after_rest or now - tries.rests_until >= rule.rests[-1] * FORGET:
        return anew
    # After a rest there is one try at a time, each wrong one followed by a longer rest.
    return replace(tries, counted=rule.limit - 1, rests_until=None)
