"""Proof of the current number, or of a substitute, before another number replaces it.

The proof is the consumed challenge of this session: it counts here alone, for ten minutes, for
this account's present number, and for as many corrections of the new number as are entered
meanwhile. When the number changes, or two-factor sign-in is disabled, all challenges of the
account are deleted.
"""

from datetime import datetime
from functools import partial

from twofa.domain.events import Event
from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions.access import did_prove_recently
from twofa.domain.sessions.assurance import SignIn, has_passkey_proof
from twofa.domain.sms.phones import Phone
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.otp import code_step, send_code
from twofa.flows.otp.send_code import Asked, TooSoon
from twofa.storage.engine.db import reading
from twofa.storage.otp import challenges
from twofa.storage.two_factor import factors

NO_NUMBER = Phone("", "")


def is_proved(services: Services, sign_in: SignIn, now: datetime) -> bool:
    """Return whether the phone factor's number, or a passkey, was proved in this session."""
    if has_passkey_proof(sign_in) and did_prove_recently(sign_in, services.policy, now):
        return True
    with reading():
        second_factors = factors.load(sign_in.person.id, services.sealer, services.rp_id)
        if second_factors.was_phone_proved(sign_in.proved_at):
            return True
        row = challenges.current(sign_in.id, Purpose.CHANGE)
    since = row[0].consumed_at if row else None
    return since is not None and now < since + services.policy.change_lifetime


def ask_code(services: Services, caller: Caller, sign_in: SignIn) -> Asked | TooSoon | None:
    """Send a first or another code to the phone factor's current number; None without attempts."""
    is_done = partial(is_proved, services, sign_in, services.clock())
    return code_step.send(services, caller, sign_in, Purpose.CHANGE, is_done=is_done)


def note(services: Services, caller: Caller, sign_in: SignIn, now: datetime, *, how: str) -> None:
    """Note a proved substitute for the phone factor's current number, in the open transaction.

    Any further substitute (an authenticator app) is noted here as well.
    """
    challenge_id = send_code.issue(
        services, NO_NUMBER, Purpose.CHANGE, now,
        session_id=sign_in.id, user_id=sign_in.person.id, sent=False,
    ).id  # fmt: skip
    challenges.consume(challenge_id, now)
    record(
        Event.PHONE_CURRENT_CONFIRMED, caller=caller, user_id=sign_in.person.id, now=now, detail=how
    )
