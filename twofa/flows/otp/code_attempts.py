"""Which budgets a typed code is paid from: one of an account, or several at the phone door."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.limits import lockout as rules
from twofa.domain.limits import send_limit_rules
from twofa.domain.limits.limits import TryRule
from twofa.domain.limits.lockout import Off, Paid, Resting
from twofa.domain.otp import challenge
from twofa.domain.otp.challenge import Challenge, Purpose, Visitor
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.context import Caller, Services
from twofa.storage.limits import attempt_limits
from twofa.storage.sessions import known_devices

SMS = "sms"
UNKNOWN, KNOWN = "unknown devices", "known device"


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget of wrong codes: its key, and how many it bears."""

    key: bytes
    rule: TryRule


@dataclass(frozen=True, slots=True)
class Charged:
    """A try was paid for from every budget that it counts for."""

    left: int
    """How many more may follow at once."""
    rests_until: datetime | None
    """Until when code entry is locked by this try; None where it isn't."""
    in_a_row: int
    """Codes in a row that this one makes, where it is wrong."""
    is_row_full: bool
    """Whether the codes in a row before it were as many as are borne."""
    fills_row: bool
    """Whether this one, where it is wrong, is the last that is borne."""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What was typed in a session as the code of an app, or as a recovery code."""

    sign_in: SignIn
    typed: str
    is_done: Callable[[], bool]
    """Whether another request has completed what this one is for. Asked once the budgets are
    locked, so that nothing is paid after a right code gave all back."""


@dataclass(frozen=True, slots=True)
class State:
    """How the budgets of a challenge stand."""

    rests_until: datetime | None
    """Until when code entry is locked; None, or a past time, where it isn't."""
    off: bool
    """Whether the factor is switched off."""


def budget_key(services: Services, whose: int | str, factor: str) -> bytes:
    """Return the key under which the wrong codes of an account and factor are counted."""
    return services.keys.digest(labels.attempts(factor, whose))


def guess_digest(services: Services, whose: str, code: str) -> bytes:
    """Return the keyed digest by which a code sent again while it is judged is recognised."""
    return services.keys.digest(labels.guess(whose, code))


def spend(
    services: Services, begun: Challenge, now: datetime, guess: bytes | None = None
) -> Charged | Resting | Off:
    """Pay for one code from all of its budgets or from none, in the open transaction.

    The same ``guess`` sent again while it is being judged is paid for once.
    All of them are locked before any is judged, the one that counts in a row first.
    """
    first, *others = _budgets(services, begun)
    states = [attempt_limits.hold(first.key, first.rule, now)]
    if rules.is_row_full(states[0], first.rule):
        others += _of_guessed(services, begun)
    states += [attempt_limits.hold(other.key, other.rule, now) for other in others]
    budgets = [first, *others]
    outcomes = [
        rules.spend(state, one.rule, now, guess) for state, one in zip(states, budgets, strict=True)
    ]
    paid = [outcome for outcome in outcomes if isinstance(outcome, Paid)]
    if len(paid) < len(outcomes):
        return _unpaid(outcomes, now)
    for one, outcome in zip(budgets, paid, strict=True):
        attempt_limits.put(one.key, outcome.tries)
    in_a_row = paid[0].tries.in_a_row
    return Charged(
        left=min(one.left for one in paid),
        rests_until=max((at for one in paid if (at := one.tries.rests_until)), default=None),
        in_a_row=in_a_row,
        is_row_full=rules.is_row_full(states[0], first.rule),
        fills_row=in_a_row == first.rule.row_limit,
    )


def _unpaid(outcomes: list[Paid | Resting | Off], now: datetime) -> Resting | Off:
    """Return what keeps an attempt from being paid: the longest lock, unless a factor is off."""
    if any(isinstance(outcome, Off) for outcome in outcomes):
        return Off()
    return Resting(max((one.until for one in outcomes if isinstance(one, Resting)), default=now))


def judged(services: Services, begun: Challenge, guess: bytes) -> None:
    """Note that a wrong code was judged, in the open transaction: sent again, it costs again."""
    for one in (*_budgets(services, begun), *_of_guessed(services, begun)):
        attempt_limits.judged(one.key, guess)


def state(services: Services, begun: Challenge) -> State:
    """Look at the budgets of a challenge without paying."""
    budgets = _budgets(services, begun)
    extra = _of_guessed(services, begun)
    found = attempt_limits.states([one.key for one in (*budgets, *extra)])
    first = found.get(budgets[0].key)
    is_full = first is not None and rules.is_row_full(first, budgets[0].rule)
    counting = budgets + (extra if is_full else [])
    held = [found[one.key] for one in counting if one.key in found]
    return State(
        rests_until=max((at for one in held if (at := one.rests_until)), default=None),
        off=begun.switched_off or (is_full and budgets[0].rule.switches_off),
    )


def forgive(services: Services, begun: Challenge) -> None:
    """Give everything back after a right code, in the open transaction.

    At the phone door it speaks for the number's owner: unknown devices, too, begin anew.
    """
    visitor = begun.visitor
    if visitor is not None and visitor.device is not None:
        attempt_limits.forgive(_unknown_key(services, begun, visitor))
    for one in (*_budgets(services, begun), *_of_guessed(services, begun)):
        attempt_limits.forgive(one.key)


def forgive_device(services: Services, owner: int, device: bytes) -> None:
    """Forget the wrong codes that were typed on one known device, in the open transaction."""
    attempt_limits.forgive(_known_key(services, owner, device))


def forgive_number(services: Services, user_id: int) -> None:
    """Have codes by text message begin with full budgets, in the open transaction.

    For an account whose number is another one now, or gone.
    """
    attempt_limits.forgive(budget_key(services, user_id, SMS))
    attempt_limits.forgive(budget_key(services, user_id, UNKNOWN))


def forgive_account(services: Services, user_id: int) -> None:
    """Forget all wrong codes of an account's number, as it is deleted, in the open transaction."""
    forgive_number(services, user_id)
    for device in known_devices.of(user_id):
        forgive_device(services, user_id, device)


def note_sign_in(services: Services, caller: Caller, user_id: int) -> None:
    """Have the codes in a row at the phone door begin anew, in the open transaction.

    Whoever completed a sign-in is the owner, by whichever factors. Nothing is written where
    nothing was counted.
    """
    keys = [budget_key(services, user_id, UNKNOWN)]
    if caller.device:
        keys.append(_known_key(services, user_id, tokens.digest(caller.device)))
    found = attempt_limits.states(keys)
    for key in keys:
        if key in found and found[key].in_a_row:
            attempt_limits.forgive(key)


def _budgets(services: Services, begun: Challenge) -> list[Budget]:
    """Return the budgets that every code of a challenge counts for.

    The first counts codes in a row.
    """
    policy, visitor = services.policy, begun.visitor
    if visitor is None:
        return [Budget(_own_key(services, begun), challenge.try_rule(begun, policy))]
    if visitor.owner is not None and visitor.device is not None:
        key = _known_key(services, visitor.owner, visitor.device)
        return [Budget(key, policy.known_device_tries)]
    network = f"{_whose(begun, visitor)}\0{send_limit_rules.wide_network(visitor.address)}"
    return [
        Budget(_unknown_key(services, begun, visitor), policy.unknown_device_tries),
        Budget(budget_key(services, network, UNKNOWN), policy.unknown_network_tries),
    ]


def _of_guessed(services: Services, begun: Challenge) -> list[Budget]:
    """Return what else unknown devices pay from once too many codes in a row were wrong.

    Nothing where a link can be mailed: it has to follow the right code then.
    """
    policy, visitor = services.policy, begun.visitor
    if visitor is None or visitor.device is not None or visitor.has_mail:
        return []
    whose = _whose(begun, visitor)
    address = f"{whose}\0{send_limit_rules.network(visitor.address)}"
    return [
        Budget(budget_key(services, whose, "guessed number"), policy.guessed_tries),
        Budget(budget_key(services, address, "guessed number"), policy.guessed_address_tries),
    ]


def _own_key(services: Services, begun: Challenge) -> bytes:
    if begun.asker is not None:  # whoever types into another program locks nothing here
        return budget_key(services, f"{begun.asker.key_id}\0{begun.phone}", SMS)
    if begun.purpose is Purpose.CONFIRM:  # what isn't the account's number yet counts for itself
        return budget_key(services, begun.user_id or begun.phone, "new sms")
    return budget_key(services, begun.phone if begun.user_id is None else begun.user_id, SMS)


def _whose(begun: Challenge, visitor: Visitor) -> int | str:
    """Return whose wrong codes these are: the account's, or the number's where it has none."""
    return begun.phone if visitor.owner is None else visitor.owner


def _unknown_key(services: Services, begun: Challenge, visitor: Visitor) -> bytes:
    return budget_key(services, _whose(begun, visitor), UNKNOWN)


def _known_key(services: Services, owner: int, device: bytes) -> bytes:
    return budget_key(services, f"{owner}\0{device.hex()}", KNOWN)
