"""Every number the rules use, with its unit in its type or name."""

from dataclasses import dataclass, field
from datetime import timedelta

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.domain.limits.limits import (
    DAY,
    HOUR,
    MINUTE,
    AlarmRule,
    ConversionRule,
    QueueRule,
    Retention,
    SendLimit,
    TryRule,
)

NEW_NUMBER = (SendLimit("new-number", 5, HOUR), SendLimit("new-number", 10, DAY))
"""What a number that nobody has confirmed gets, whoever asks."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of one installation; the defaults are those of the contract."""

    # Codes (NIST SP 800-63B-4 3.1.3.2: at least six digits, at most ten minutes).
    code_length: int = 6
    code_lifetime: timedelta = timedelta(minutes=5)
    code_attempts: int = 5
    live_codes: int = 3
    resend_cooldown: timedelta = timedelta(seconds=30)
    resend_cooldown_max: timedelta = timedelta(minutes=32)
    clock_skew: timedelta = timedelta(seconds=5)
    pin_lifetime: timedelta = timedelta(minutes=5)
    """How long a provider that keeps the code checks it, at most."""
    pin_resend: timedelta = timedelta(seconds=30)
    """A kept code with less left isn't sent again: a new one is made."""
    pin_pause: timedelta = timedelta(seconds=3)
    """Where a provider checks no more for now and doesn't say for how long."""
    change_lifetime: timedelta = timedelta(minutes=10)
    """Life of a challenge that changes a factor, started in a signed-in session."""
    notice_lifetime: timedelta = HOUR
    """How long a text message without a code is tried for."""

    # Guesses over all sign-ins of an account (NIST SP 800-63B-4 3.2.2).
    code_tries: TryRule = TryRule(
        limit=10,
        window=timedelta(minutes=15),
        rests=(timedelta(minutes=15),),
        fresh_after_rest=True,
        row_limit=100,
    )
    # The same for numbers at the phone door, where strangers need no password to guess.
    unknown_network_tries: TryRule = TryRule(
        limit=10,
        window=timedelta(minutes=15),
        rests=(timedelta(minutes=15),),
        fresh_after_rest=True,
    )
    """Of one number, from unknown devices of one network (IPv4 /24, IPv6 /48)."""
    unknown_device_tries: TryRule = TryRule(
        limit=30,
        window=timedelta(minutes=15),
        rests=(timedelta(minutes=15),),
        fresh_after_rest=True,
        row_limit=100,
        switches_off=False,
    )
    """Of one number, from all unknown devices together."""
    known_device_tries: TryRule = TryRule(
        limit=10,
        window=timedelta(minutes=15),
        rests=(timedelta(minutes=15),),
        fresh_after_rest=True,
        row_limit=100,
        switches_off=False,
    )
    """Of one number, from one device that its account knows."""
    guessed_address_tries: TryRule = TryRule(
        limit=5, window=DAY, rests=(DAY,), fresh_after_rest=True
    )
    """Of one number without a confirmed address, from unknown devices of one network address,
    once ``unknown_device_tries.row_limit`` is reached."""
    guessed_tries: TryRule = TryRule(limit=20, window=DAY, rests=(DAY,), fresh_after_rest=True)
    """The same, from all network addresses together."""
    recovery_tries: TryRule = TryRule(
        limit=10,
        window=timedelta(minutes=15),
        rests=(timedelta(minutes=15),),
        fresh_after_rest=True,
    )
    password_tries: TryRule = TryRule(
        limit=10,
        window=timedelta(minutes=5),
        rests=tuple(timedelta(minutes=m) for m in (1, 2, 4, 8, 15)),
        fresh_after_rest=False,
    )

    # Failures over all accounts, of one wide network or with one code: an alarm, no refusal.
    network_failures: AlarmRule = AlarmRule(limit=20, window=timedelta(minutes=10))
    code_failures: AlarmRule = AlarmRule(limit=10, window=timedelta(minutes=10))
    alarm_pause: timedelta = HOUR
    """How long after an alarm the same network or code raises no other."""

    # Passwords.
    password_min_length: int = 12
    password_max_length: int = 1024
    password_estimates: tuple[tuple[int, int], ...] = ((40, 1), (32, 2), (20, 5), (16, 8), (10, 20))
    """Longest first: how many characters of a password are estimated, where these hold at most
    so many different ones that can stand for a letter. The last pair takes every password."""
    password_own_parts: int = 5
    """Parts of one address or name that the estimate looks for."""
    password_score_min: int = 3
    bcrypt_rounds: int = 12
    recovery_bcrypt_rounds: int = 6
    """80 random bits need no slow hash (NIST SP 800-63B-4 3.1.2: a small work factor)."""
    recovery_codes: int = 10
    recovery_codes_low: int = 3
    recovery_set_lifetime: timedelta = timedelta(minutes=30)
    """For how long new recovery codes are shown to the session that made them."""

    # Sessions.
    session_lifetime: timedelta = timedelta(hours=24)
    session_lifetime_remembered: timedelta = timedelta(days=30)
    session_idle: timedelta = timedelta(hours=12)
    sessions_per_account: int = 50
    """Complete ones; one more ends the oldest. Pending sign-ins don't count."""
    pending_lifetime: timedelta = timedelta(minutes=10)
    same_form: timedelta = timedelta(seconds=10)
    """For how long a sign-in form that is posted again opens no other session."""
    fresh_proof: timedelta = timedelta(minutes=10)
    replaced_token: timedelta = timedelta(seconds=30)
    """For how long a request that came too late, with the token or code that another one of the
    same browser has just used, is told so."""
    seen_every: timedelta = timedelta(minutes=1)
    device_lifetime: timedelta = timedelta(days=400)
    """Browsers keep no cookie longer."""
    trusted_device: timedelta = timedelta(0)
    """For how long a browser may skip the second step once it passed it; nothing is never."""

    # Registration.
    link_lifetime: timedelta = timedelta(hours=24)
    reset_lifetime: timedelta = timedelta(minutes=30)
    address_changes: SendLimit = SendLimit("address of account", 10, DAY)
    """Asked for by one account, whatever the addresses."""

    # Mails to one recipient, by kind: none of them uses up the budget of another.
    registration_mails: tuple[SendLimit, ...] = (
        SendLimit("registration", 5, HOUR),
        SendLimit("registration", 10, DAY),
    )
    """Links to confirm an address at sign-up, and "you already have an account"."""
    address_change_mails: tuple[SendLimit, ...] = (
        SendLimit("address-change", 5, HOUR),
        SendLimit("address-change", 10, DAY),
    )
    reset_mails: SendLimit = SendLimit("reset", 5, HOUR)
    phone_link_mails: SendLimit = SendLimit("phone-link", 5, HOUR)
    """Links sent again to complete a sign-in by phone, of one number."""
    mail_cooldown: timedelta = MINUTE
    """How long a browser waits before it may have the same mail sent again."""

    # Mails to addresses that nobody has confirmed, of the first two kinds above together.
    unconfirmed_mail_queue: QueueRule = QueueRule(burst=10, interval=MINUTE, waiting=60)
    """Of one network."""
    daily_unconfirmed_mails: SendLimit = SendLimit("mail-day", 5_000, DAY)
    mail_network_share: float = 0.1
    """The part of the day's mails that one network gets."""
    mail_warning_share: float = 0.8
    """The part of the day's mails at which the operator is warned."""

    # Notices.
    notice_wait: timedelta = timedelta(seconds=30)
    """What happens to an account within this time is told by one mail."""
    notice_lines: int = 10
    """A mail tells so much in full; of more, the last of each kind."""
    wasnt_me_lifetime: timedelta = timedelta(hours=72)
    codes_failing: int = 3
    """Wrong codes in a row, after a right password, of which the owner is told."""
    warnings: SendLimit = SendLimit("warning", 1, DAY)
    """Notices of one kind that a stranger can bring about."""

    # Sends after a right password to a confirmed number.
    confirmed_sends: tuple[SendLimit, ...] = (
        SendLimit("account", 10, HOUR),
        SendLimit("account", 20, DAY),
        SendLimit("number", 10, HOUR),
        SendLimit("number", 20, DAY),
    )
    # Sends to a number that nobody has confirmed.
    new_number_sends: tuple[SendLimit, ...] = (
        *NEW_NUMBER,
        SendLimit("address", 10, HOUR),
        SendLimit("network", 60, HOUR),
        SendLimit("prefix", 20, HOUR),
        SendLimit("country", 100, HOUR),
    )
    confirmed_reserve: SendLimit = SendLimit("confirmed-country", 25, HOUR)
    """What confirmed numbers still get at the anonymous door once the last two are used up."""
    # Enrolment in a signed-in account: a prefix and country limit of its own, above those.
    enrolment_sends: tuple[SendLimit, ...] = (
        *NEW_NUMBER,
        SendLimit("enrol-address", 20, HOUR),
        SendLimit("enrol-prefix", 40, HOUR),
        SendLimit("enrol-country", 200, HOUR),
    )
    # Sends that other programs ask for: the limits but the number's are for each key.
    verification_sends: tuple[SendLimit, ...] = (
        *NEW_NUMBER,
        SendLimit("key-address", 10, HOUR),
        SendLimit("key-prefix", 20, HOUR),
        SendLimit("key-country", 100, HOUR),
    )
    enrolment_numbers: SendLimit = SendLimit("numbers", 3, DAY)
    conversion: ConversionRule = ConversionRule(sent=30, share=0.2, window=DAY, rest=DAY)
    guard: str = "on"
    """Whether that rule acts: on; watch, to count and tell, and refuse nothing; or off."""
    daily_sends: SendLimit = SendLimit("day", 10_000, DAY)
    reserved_share: float = 0.2
    """The part of the day's messages that is kept for sign-ins of confirmed numbers."""

    posts_per_minute: int = 60
    """Posts of one address to all sign-in routes: the outer ring."""

    # Delivery.
    gateway_connect: timedelta = timedelta(seconds=3)
    gateway_read: timedelta = timedelta(seconds=5)
    gateway_deadline: timedelta = timedelta(seconds=8)
    gateway_body_bytes: int = 64 * 1024
    message_claim: timedelta = timedelta(seconds=30)
    """A message claimed longer ago than this was left by a worker that died."""
    sweep_every: timedelta = timedelta(seconds=5)
    sweep_age: timedelta = timedelta(seconds=3)
    tidy_every: timedelta = HOUR
    """How often each worker deletes what is old, and reminds whom it should."""
    sms_retries: tuple[timedelta, ...] = (timedelta(seconds=2),)
    """Only after proof that nothing went out; the page says "failed" within 20 s."""
    mail_retries: tuple[timedelta, ...] = (
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(hours=1),
    )
    mail_timeout: timedelta = timedelta(seconds=10)
    routing_window: timedelta = timedelta(minutes=10)
    """How far back the order of gateways looks."""
    routing_look: timedelta = timedelta(seconds=5)
    routing_least: int = 5
    """Fewer messages than this say nothing of a gateway."""
    routing_steps: tuple[tuple[float, float], ...] = ((0.2, 1.0), (0.5, 0.25))
    """Below this rate of failures a gateway keeps its place for this part of messages."""
    routing_probe: float = 0.05
    senders: int = 8
    """Threads of one worker that send."""
    sends_waiting: int = 500

    # Countries: where a confirmed number gets codes, and where a new one does.
    countries: frozenset[str] | None = None
    new_number_countries: frozenset[str] | None = None
    default_region: str | None = None

    email_domains: tuple[str, ...] = ()
    """Domains, in ASCII, that the internet doesn't have and addresses may be under all the same."""

    # Sign-in by phone.
    phone_sign_in: str = "sign_up"
    """Who gets in: sign_up, anybody; sign_in, whose number is confirmed; or off."""
    details_lifetime: timedelta = timedelta(minutes=10)
    """How long after the right code a new person may say who they are."""
    phone_idle: timedelta = timedelta(days=90)
    """After so long without its owner an account asks for a mailed link as well: operators
    give numbers to others."""
    phone_link_lifetime: timedelta = timedelta(minutes=30)

    # Two-factor sign-in that isn't left to people.
    require_2fa: Enforcement | None = None
    remind_before: tuple[timedelta, ...] = (7 * DAY, DAY)
    """How long before the grace ends owners are reminded; once more as it begins."""

    # Work at once.
    hashes_waiting: int = 16
    """Sign-ins of one worker that may wait for a hash; fewer than its threads."""
    busy_retry: timedelta = timedelta(seconds=5)

    retention: Retention = Retention()

    body_bytes: int = field(default=64 * 1024)
