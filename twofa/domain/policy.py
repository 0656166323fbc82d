"""Every number that the rules use, with its unit in its type or name."""

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
"""The limits of an unconfirmed number, over all accounts and callers."""


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
    """Maximum lifetime of a code that its provider hosts."""
    pin_resend: timedelta = timedelta(seconds=30)
    """A hosted code with less lifetime left isn't resent: a new one is requested."""
    pin_pause: timedelta = timedelta(seconds=3)
    """Lockout where a provider refuses further checks and names no duration."""
    change_lifetime: timedelta = timedelta(minutes=10)
    """Lifetime of a challenge that changes a factor, started in a signed-in session."""
    notice_lifetime: timedelta = HOUR
    """How long delivery of a text message without a code is attempted."""

    # Attempts over all sign-ins of an account (NIST SP 800-63B-4 3.2.2).
    code_tries: TryRule = TryRule(
        limit=10,
        window=timedelta(minutes=15),
        rests=(timedelta(minutes=15),),
        fresh_after_rest=True,
        row_limit=100,
    )
    # The same for numbers at sign-in by phone, where attempts need no password before.
    unknown_network_tries: TryRule = TryRule(
        limit=10,
        window=timedelta(minutes=15),
        rests=(timedelta(minutes=15),),
        fresh_after_rest=True,
    )
    """For one number, from unknown devices of one network (IPv4 /24, IPv6 /48)."""
    unknown_device_tries: TryRule = TryRule(
        limit=30,
        window=timedelta(minutes=15),
        rests=(timedelta(minutes=15),),
        fresh_after_rest=True,
        row_limit=100,
        switches_off=False,
    )
    """For one number, from all unknown devices together."""
    known_device_tries: TryRule = TryRule(
        limit=10,
        window=timedelta(minutes=15),
        rests=(timedelta(minutes=15),),
        fresh_after_rest=True,
        row_limit=100,
        switches_off=False,
    )
    """For one number, from one known device of its account."""
    guessed_address_tries: TryRule = TryRule(
        limit=5, window=DAY, rests=(DAY,), fresh_after_rest=True
    )
    """For one number without a confirmed email address, from unknown devices of one network
    address, once ``unknown_device_tries.row_limit`` is reached."""
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

    # Failures over all accounts, from one wide network or with one code: an alarm, no refusal.
    network_failures: AlarmRule = AlarmRule(limit=20, window=timedelta(minutes=10))
    code_failures: AlarmRule = AlarmRule(limit=10, window=timedelta(minutes=10))
    alarm_pause: timedelta = HOUR
    """How long after an alarm the same network or code raises no further one."""

    # Passwords.
    password_min_length: int = 12
    password_max_length: int = 1024
    password_estimates: tuple[tuple[int, int], ...] = ((40, 1), (32, 2), (20, 5), (16, 8), (10, 20))
    """Pairs (length, kinds), longest first: so many characters are estimated where they contain at
    most so many different look-alikes of letters. The last pair applies to every password."""
    password_own_parts: int = 5
    """Words of one address or name that the estimate looks for."""
    password_score_min: int = 3
    bcrypt_rounds: int = 12
    recovery_bcrypt_rounds: int = 6
    """80 random bits need no slow hash (NIST SP 800-63B-4 3.1.2: a small work factor)."""
    recovery_codes: int = 10
    recovery_codes_low: int = 3
    recovery_set_lifetime: timedelta = timedelta(minutes=30)
    """How long new recovery codes are shown to the session that generated them."""

    # Sessions.
    session_lifetime: timedelta = timedelta(hours=24)
    session_lifetime_remembered: timedelta = timedelta(days=30)
    session_idle: timedelta = timedelta(hours=12)
    sessions_per_account: int = 50
    """Complete sessions; one more revokes the oldest. Pending sessions don't count."""
    pending_lifetime: timedelta = timedelta(minutes=10)
    same_form: timedelta = timedelta(seconds=10)
    """How long a sign-in form that is posted twice opens no second session."""
    fresh_proof: timedelta = timedelta(minutes=10)
    replaced_token: timedelta = timedelta(seconds=30)
    """How long a late request, whose token or code a concurrent one of the same browser has
    used, is answered as completed."""
    seen_every: timedelta = timedelta(minutes=1)
    device_lifetime: timedelta = timedelta(days=400)
    """The longest that browsers keep a cookie."""
    trusted_device: timedelta = timedelta(0)
    """How long a browser may skip the second step after passing it; zero turns this off."""

    # Registration.
    link_lifetime: timedelta = timedelta(hours=24)
    reset_lifetime: timedelta = timedelta(minutes=30)
    address_changes: SendLimit = SendLimit("address of account", 10, DAY)
    """Changes of address that one account asks for, over all addresses."""

    # Mails to one recipient, by kind: each kind has limits of its own.
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
    """Resent links to complete a sign-in by phone, for one number."""
    mail_cooldown: timedelta = MINUTE
    """The cooldown before a browser may have the same mail resent."""

    # Mails to unconfirmed addresses, the first two kinds above together.
    unconfirmed_mail_queue: QueueRule = QueueRule(burst=10, interval=MINUTE, waiting=60)
    """For one network."""
    daily_unconfirmed_mails: SendLimit = SendLimit("mail-day", 5_000, DAY)
    mail_network_share: float = 0.1
    """The fraction of the day's mails that one network may cause."""
    mail_warning_share: float = 0.8
    """The fraction of the day's mails at which the operator is warned."""

    # Notices.
    notice_wait: timedelta = timedelta(seconds=30)
    """Events of an account within this time share one mail."""
    notice_lines: int = 10
    """A mail lists at most so many events; of more, the last of each kind."""
    wasnt_me_lifetime: timedelta = timedelta(hours=72)
    codes_failing: int = 3
    """Wrong codes in a row, after a right password, at which the owner is notified."""
    warnings: SendLimit = SendLimit("warning", 1, DAY)
    """Notices of one kind that a stranger can cause."""

    # Sends after a right password to a confirmed number.
    confirmed_sends: tuple[SendLimit, ...] = (
        SendLimit("account", 10, HOUR),
        SendLimit("account", 20, DAY),
        SendLimit("number", 10, HOUR),
        SendLimit("number", 20, DAY),
    )
    # Sends to an unconfirmed number.
    new_number_sends: tuple[SendLimit, ...] = (
        *NEW_NUMBER,
        SendLimit("address", 10, HOUR),
        SendLimit("network", 60, HOUR),
        SendLimit("prefix", 20, HOUR),
        SendLimit("country", 100, HOUR),
    )
    confirmed_reserve: SendLimit = SendLimit("confirmed-country", 25, HOUR)
    """Sends to confirmed numbers by phone that are left once "prefix" or "country" is used up."""
    # Enrolment in a signed-in account: prefix and country limits of its own, above those.
    enrolment_sends: tuple[SendLimit, ...] = (
        *NEW_NUMBER,
        SendLimit("enrol-address", 20, HOUR),
        SendLimit("enrol-prefix", 40, HOUR),
        SendLimit("enrol-country", 200, HOUR),
    )
    # Sends that API clients ask for: all limits but the number's count for each key.
    verification_sends: tuple[SendLimit, ...] = (
        *NEW_NUMBER,
        SendLimit("key-address", 10, HOUR),
        SendLimit("key-prefix", 20, HOUR),
        SendLimit("key-country", 100, HOUR),
    )
    enrolment_numbers: SendLimit = SendLimit("numbers", 3, DAY)
    conversion: ConversionRule = ConversionRule(sent=30, share=0.2, window=DAY, rest=DAY)
    guard: str = "on"
    """The fraud guard: "on"; "watch", which counts and logs but refuses nothing; or "off"."""
    daily_sends: SendLimit = SendLimit("day", 10_000, DAY)
    reserved_share: float = 0.2
    """The fraction of the day's messages that is reserved for confirmed numbers."""

    posts_per_minute: int = 60
    """POST requests of one network address to all sign-in routes: the outermost limit."""

    # Delivery.
    gateway_connect: timedelta = timedelta(seconds=3)
    gateway_read: timedelta = timedelta(seconds=5)
    gateway_deadline: timedelta = timedelta(seconds=8)
    gateway_body_bytes: int = 64 * 1024
    message_claim: timedelta = timedelta(seconds=30)
    """A claim older than this belongs to a worker that died."""
    sweep_every: timedelta = timedelta(seconds=5)
    sweep_age: timedelta = timedelta(seconds=3)
    tidy_every: timedelta = HOUR
    """How often each worker deletes expired rows and sends due reminders."""
    sms_retries: tuple[timedelta, ...] = (timedelta(seconds=2),)
    """Delays; a retry needs proof that nothing was sent. The page shows "failed" within 20 s."""
    mail_retries: tuple[timedelta, ...] = (
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(hours=1),
    )
    mail_timeout: timedelta = timedelta(seconds=10)
    routing_window: timedelta = timedelta(minutes=10)
    """The age of the oldest messages that affect the order of gateways."""
    routing_look: timedelta = timedelta(seconds=5)
    routing_least: int = 5
    """The fewest messages by which a gateway is judged."""
    routing_steps: tuple[tuple[float, float], ...] = ((0.2, 1.0), (0.5, 0.25))
    """Below this failure rate a gateway keeps its place for this fraction of messages."""
    routing_probe: float = 0.05
    senders: int = 8
    """Sending threads of one worker."""
    sends_waiting: int = 500

    # Countries whose confirmed numbers, and whose new ones, are sent codes; None is every country.
    countries: frozenset[str] | None = None
    new_number_countries: frozenset[str] | None = None
    default_region: str | None = None

    email_domains: tuple[str, ...] = ()
    """Domains in ASCII that are accepted in addresses although the public DNS has none of them."""

    # Sign-in by phone.
    phone_sign_in: str = "sign_up"
    """Numbers accepted: all ("sign_up"), confirmed ones only ("sign_in"), or none ("off")."""
    details_lifetime: timedelta = timedelta(minutes=10)
    """How long after the right code a new person may enter their details."""
    phone_idle: timedelta = timedelta(days=90)
    """An account unused for so long requires an email link as well: carriers reassign numbers."""
    phone_link_lifetime: timedelta = timedelta(minutes=30)

    # Signing keys, by which other applications verify what this one says of accounts.
    signing_key_lead: timedelta = HOUR
    """How long an ES256 key is published before it signs: applications keep the set for so long."""
    signing_key_lead_rs256: timedelta = DAY
    """The same of an RS256 key, whose set clients of OpenID Connect keep for up to a day."""
    signing_key_lifetime: timedelta = 90 * DAY
    """How long a key signs before the next one is made."""
    signing_key_kept: timedelta = DAY
    """How long a key is published after it was retired."""

    # Required two-factor sign-in.
    require_2fa: Enforcement | None = None
    remind_before: tuple[timedelta, ...] = (7 * DAY, DAY)
    """How long before the grace period ends owners are reminded; they are too as it begins."""

    # Concurrency.
    hashes_waiting: int = 16
    """Sign-ins of one worker that may wait in the hashing queue; fewer than its threads."""
    busy_retry: timedelta = timedelta(seconds=5)

    retention: Retention = Retention()

    body_bytes: int = field(default=64 * 1024)
