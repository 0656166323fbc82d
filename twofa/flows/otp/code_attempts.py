"""The attempt limits that an entered code counts for: the account's, or several by phone."""

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
    """A limit of wrong codes: the key of its count, and its rule."""

    key: bytes
    rule: TryRule


@dataclass(frozen=True, slots=True)
class Charged:
    """An attempt was charged to every limit that it counts for."""

    left: int
    """How many more attempts may follow at once."""
    rests_until: datetime | None
    """Until when this attempt locks code entry; None where it doesn't."""
    in_a_row: int
    """Wrong codes in a row with this one, where it is wrong."""
    is_row_full: bool
    """True where the limit of wrong codes in a row was reached before this one."""
    fills_row: bool
    """True where this one, if wrong, reaches that limit."""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """The code of an app, or a recovery code, as it was entered in a session."""

    sign_in: SignIn
    typed: str
    is_done: Callable[[], bool]
    """Tells whether another request has completed the same action. Called once the counts are
    locked, so that nothing is charged after a right code reset them."""


@dataclass(frozen=True, slots=True)
class State:
    """The state of a challenge's attempt limits."""

    rests_until: datetime | None
    """Until when code entry is locked; None, or a past time, where it isn't."""
    off: bool
    """True where the factor is switched off."""


def budget_key(services: Services, whose: int | str, factor: str) -> bytes:
    """Return the key under which wrong one-time codes of an account and factor are counted."""
    return services.keys.digest(labels.attempts(factor, whose))


def guess_digest(services: Services, whose: str, code: str) -> bytes:
    """Return the keyed digest that knows a one-time code sent again while it is being judged."""
    return services.keys.digest(labels.guess(whose, code))


def spend(
    services: Services, begun: Challenge, now: datetime, guess: bytes | None = None
) -> Charged | Resting | Off:
    """Charge an attempt at a one-time code to all its limits or to none, in the open transaction.

    The same ``guess`` sent again while it is being judged is charged once.
    All counts are locked before any is judged, the one of codes in a row first.
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
    """Return why an attempt can't be charged: the longest lockout, unless a factor is off."""
    if any(isinstance(outcome, Off) for outcome in outcomes):
        return Off()
    return Resting(max((one.until for one in outcomes if isinstance(one, Resting)), default=now))


def judged(services: Services, begun: Challenge, guess: bytes) -> None:
    """Note a wrong one-time code as judged, in the open transaction: sent again, it is charged."""
    for one in (*_budgets(services, begun), *_of_guessed(services, begun)):
        attempt_limits.judged(one.key, guess)


def state(services: Services, begun: Challenge) -> State:
    """Return the state of the attempt limits on a one-time code's challenge; charge nothing."""
    budgets = _budgets(services, begun)
    extra = _of_guessed(services, begun)
    counts = attempt_limits.states([budget.key for budget in (*budgets, *extra)])
    first = counts.get(budgets[0].key)
    is_full = first is not None and rules.is_row_full(first, budgets[0].rule)
    counting = budgets + (extra if is_full else [])
    counted = [counts[budget.key] for budget in counting if budget.key in counts]
    return State(
        rests_until=max((at for budget in counted if (at := budget.rests_until)), default=None),
        off=begun.switched_off or (is_full and budgets[0].rule.switches_off),
    )


def forgive(services: Services, begun: Challenge) -> None:
    """Reset all attempt limits after a right one-time code, in the open transaction.

    By phone it proves the number's owner: the count of unknown devices is reset too.
    """
    visitor = begun.visitor
    if visitor is not None and visitor.device is not None:
        attempt_limits.forgive(_unknown_key(services, begun, visitor))
    for one in (*_budgets(services, begun), *_of_guessed(services, begun)):
        attempt_limits.forgive(one.key)


def forgive_device(services: Services, owner: int, device: bytes) -> None:
    """Reset the count of wrong one-time codes on one known device, in the open transaction."""
    attempt_limits.forgive(_known_key(services, owner, device))


def forgive_number(services: Services, user_id: int) -> None:
    """Reset the attempt limits of codes by text message, in the open transaction.

    For an account whose number was changed or removed.
    """
    attempt_limits.forgive(budget_key(services, user_id, SMS))
    attempt_limits.forgive(budget_key(services, user_id, UNKNOWN))


def forgive_account(services: Services, user_id: int) -> None:
    """Delete an account's counts of wrong one-time codes with it, in the open transaction."""
    forgive_number(services, user_id)
    for device in known_devices.of(user_id):
        forgive_device(services, user_id, device)


def note_sign_in(services: Services, caller: Caller, user_id: int) -> None:
    """Reset the wrong one-time codes in a row of sign-ins by phone, in the open transaction.

    A completed sign-in proves the owner, by whichever factors. Nothing is written where nothing
    was counted.
    """
    keys = [budget_key(services, user_id, UNKNOWN)]
    if caller.device:
        keys.append(_known_key(services, user_id, tokens.digest(caller.device)))
    counts = attempt_limits.states(keys)
    for key in keys:
        if key in counts and counts[key].in_a_row:
            attempt_limits.forgive(key)


def _budgets(services: Services, begun: Challenge) -> list[Budget]:
    """Return the limits that every code of a challenge counts for.

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
    """Return the further limits of unknown devices once too many codes in a row were wrong.

    Empty where a link can be emailed: it has to follow the right code then.
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
    if begun.asker is not None:  # codes entered in an API client lock no sign-in
        return budget_key(services, f"{begun.asker.key_id}\0{begun.phone}", SMS)
    if begun.purpose is Purpose.CONFIRM:  # an unconfirmed number is counted apart
        return budget_key(services, begun.user_id or begun.phone, "new sms")
    return budget_key(services, begun.phone if begun.user_id is None else begun.user_id, SMS)


def _whose(begun: Challenge, visitor: Visitor) -> int | str:
    """Return whose wrong codes these are: the account's id, or the number without an account."""
    return begun.phone if visitor.owner is None else visitor.owner


def _unknown_key(services: Services, begun: Challenge, visitor: Visitor) -> bytes:
    return budget_key(services, _whose(begun, visitor), UNKNOWN)


def _known_key(services: Services, owner: int, device: bytes) -> bytes:
    return budget_key(services, f"{owner}\0{device.hex()}", KNOWN)
