"""Begin ceremonies of passkeys, and take each challenge once.

Those of sessions are rows, consumed before anything is verified. Those of guests are signed, so
that looking at the sign-in page writes nothing; what was used is kept until it would have expired.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twofa.adapters.relying_party import RelyingParty
from twofa.domain.errors import (
    CeremonyExpired,
    Duplicate,
    EmailUnconfirmed,
    PasskeyRefused,
    SignInLapsed,
    Throttled,
    TooManyPasskeys,
)
from twofa.domain.passkeys import ceremony, options
from twofa.domain.passkeys.ceremony import Ceremony, CeremonyPurpose
from twofa.domain.passkeys.options import Options, Owner
from twofa.domain.passkeys.passkey import (
    HANDLE_BYTES,
    MOST,
    NotVerified,
    Passkey,
    credential_digest,
)
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import Person, SignIn
from twofa.domain.sms import phones
from twofa.flows.account_lock import account_lock
from twofa.flows.context import Services
from twofa.storage.engine.db import reading, transaction
from twofa.storage.passkeys import ceremonies, passkey_holders, passkeys
from twofa.storage.sessions import sessions
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True, repr=False)
class BegunCeremony:
    """A ceremony that began: its token, the browser's options, and seconds until it expires."""

    token: str
    options: Options
    expires_in: int


def relying_party(services: Services) -> RelyingParty:
    """Return our side of passkeys' ceremonies. Raise PasskeyRefused where passkeys are off."""
    if services.relying_party is None:
        raise PasskeyRefused("passkeys are off")
    return services.relying_party


def begin_guest(services: Services, *, browser: str) -> BegunCeremony:
    """Begin a ceremony that signs in by passkey; it writes nothing.

    ``browser`` is a secret of this browser's cookie, "" for a client without one: nobody else can
    use the answer. Raise PasskeyRefused where passkeys are off.
    """
    party, token = relying_party(services), tokens.make(services.random)
    challenge = ceremony.guest_challenge(
        services.keys.digest,
        nonce=services.random(ceremony.NONCE_BYTES),
        expires_at=services.clock() + ceremony.GUEST_LIFETIME,
        token=token,
        browser=browser,
    )
    wanted = options.request(
        challenge, rp_id=party.rp_id, verifies=CeremonyPurpose.SIGN_IN.verifies
    )
    return BegunCeremony(token, wanted, int(ceremony.GUEST_LIFETIME.total_seconds()))


def take_guest(
    services: Services, credential: Mapping[str, Any], *, token: str, browser: str
) -> bytes:
    """Return the challenge of a passkey sign-in's answer, which is used up by this.

    Raise CeremonyExpired where it isn't one of ours, was used, or has expired, PasskeyRefused
    where it can't be read.
    """
    try:
        challenge = options.client_data(credential).challenge
    except NotVerified as fault:
        raise PasskeyRefused(str(fault)) from fault
    expires_at = ceremony.guest_expiry(
        services.keys.digest, challenge, token=token, browser=browser, now=services.clock()
    )
    if expires_at is None:
        raise CeremonyExpired("unknown or expired")
    try:
        with transaction():
            ceremonies.note_used(credential_digest(challenge), expires_at)
    except Duplicate as used:
        raise CeremonyExpired("used") from used
    return challenge


def begin(services: Services, sign_in: SignIn, purpose: CeremonyPurpose) -> BegunCeremony:
    """Begin a ceremony of a session for one of its passkeys, or for a new one.

    Raise PasskeyRefused where passkeys are off or the account has none to use, TooManyPasskeys,
    EmailUnconfirmed, Throttled above ``MOST_OPEN``, SignInLapsed.
    """
    party, token, now = relying_party(services), tokens.make(services.random), services.clock()
    challenge = services.random(ceremony.CHALLENGE_BYTES)
    with account_lock(sign_in.person.id) as account:
        if account is None or not sessions.lock(sign_in.id):
            raise SignInLapsed("the account or the session is gone")
        own = passkeys.listed(account.id)
        if purpose.adds:
            wanted = options.creation(
                challenge, rp_id=party.rp_id, rp_name=party.name, others=own,
                owner=_owner(services, sign_in.person, own), verifies=purpose.verifies,
            )  # fmt: skip
        else:
            wanted = _request(party, own, purpose, challenge)
        if ceremonies.count(sign_in.id, now) >= ceremony.MOST_OPEN:
            raise Throttled(ceremony.LIFETIME.total_seconds())
        begun = Ceremony(purpose, challenge, account.epoch)
        ceremonies.add(tokens.digest(token), sign_in.id, begun, now + ceremony.LIFETIME)
    return BegunCeremony(token, wanted, int(ceremony.LIFETIME.total_seconds()))


def find(services: Services, sign_in: SignIn, token: str) -> Ceremony | None:
    """Return a session's open ceremony of a passkey, which stays open; None for none."""
    with reading():
        return ceremonies.find(tokens.digest(token), sign_in.id, services.clock())


def take(services: Services, sign_in: SignIn, token: str, *purposes: CeremonyPurpose) -> Ceremony:
    """Return a session's ceremony for a passkey of one of these purposes, used up by this.

    Raise CeremonyExpired where there is none, or another request took it.
    """
    digest = tokens.digest(token)
    with transaction():
        begun = ceremonies.find(digest, sign_in.id, services.clock())
        taken = ceremonies.consume(digest) if begun is not None else False
    if begun is None or not taken or begun.purpose not in purposes:
        raise CeremonyExpired("unknown, used or expired")
    return begun


def _owner(services: Services, person: Person, own: list[Passkey]) -> Owner:
    """Return the account for a new passkey's options, in the open transaction.

    Its handle is made at the first. Raise TooManyPasskeys, EmailUnconfirmed.
    """
    if len(own) >= MOST:
        raise TooManyPasskeys("as many as there may be")
    second_factors = factors.load(person.id, services.sealer, services.rp_id)
    if not second_factors.may_add_passkey:
        raise EmailUnconfirmed("nobody could be told")
    handle = passkey_holders.handle(person.id)
    if handle is None:
        handle = services.random(HANDLE_BYTES)
        passkey_holders.set_handle(person.id, handle)
    return Owner(handle, name_of(person, second_factors.number), display_name(person))


def _request(
    party: RelyingParty, own: list[Passkey], purpose: CeremonyPurpose, challenge: bytes
) -> Options:
    """Return the options to use one of an account's credentials: those that can serve."""
    usable = [
        one for one in own if one.rp_id == party.rp_id and (one.verified or not purpose.verifies)
    ]
    if not usable:  # an empty list would mean "any"
        raise PasskeyRefused("the account has none")
    return options.request(challenge, rp_id=party.rp_id, allowed=usable, verifies=purpose.verifies)


def name_of(person: Person, number: str | None) -> str:
    """Return the name of an account that a passkey manager shows: address, or masked number."""
    return person.email or (phones.mask(number) if number else person.public_id)


def display_name(person: Person) -> str:
    """Return the name of an account's owner for a passkey manager, or the address."""
    return " ".join(filter(None, (person.first_name, person.last_name))) or person.email
