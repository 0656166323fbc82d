"""What a session lacks for an authentication request of OpenID Connect."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twofa.domain.front_door import requirements
from twofa.domain.front_door.requirements import Lack
from twofa.domain.oidc.authorize_request import AuthorizeRequest
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import SignIn, is_on
from twofa.domain.sessions.trusted_device import has_skipped

LEVELS = ("urn:twofa:acr:1", "urn:twofa:acr:2")
"""The values of ``acr``: one factor; a second one too, proved in this session."""


class Due(StrEnum):
    """What has to happen before a client of OpenID Connect gets its code."""

    NOTHING = "nothing"
    SIGN_IN = "sign-in"
    """Signing in."""
    UNFINISHED = "unfinished"
    """The second step of the sign-in, or setting up the factor that the account must have."""
    ACCOUNT = "account"
    """Choosing the account, or another one than is signed in."""
    SKIPPED_STEP = "skipped step"
    FRESH_PROOF = "fresh proof"
    PASSKEY = "passkey"
    """Proving a passkey or security key, or adding one."""
    FACTOR = "factor"
    """Setting a second factor up."""
    ROLE = "role"
    """Nothing helps: the client lets in other roles."""


ERRORS = {
    Due.SIGN_IN: "login_required",
    Due.UNFINISHED: "interaction_required",
    Due.ACCOUNT: "account_selection_required",
    Due.SKIPPED_STEP: "interaction_required",
    Due.FRESH_PROOF: "interaction_required",
    Due.PASSKEY: "interaction_required",
    Due.FACTOR: "interaction_required",
    Due.ROLE: "access_denied",
}
"""The words that answer a request that allows no page (``prompt=none``, Core 3.1.2.6)."""
LACKS = {
    Lack.NOTHING: Due.NOTHING,
    Lack.SESSION: Due.UNFINISHED,
    Lack.SKIPPED_STEP: Due.SKIPPED_STEP,
    Lack.FRESH_PROOF: Due.FRESH_PROOF,
    Lack.PASSKEY: Due.PASSKEY,
    Lack.FACTOR: Due.FACTOR,
    Lack.ROLE: Due.ROLE,
}


@dataclass(frozen=True, slots=True)
class Given:
    """What is known besides the request and the session."""

    subject: str = ""
    """The account that the request names by ``id_token_hint``; "" for none."""
    chosen: bool = False
    """True once the person has chosen to go on with this account."""


def due(
    asked: AuthorizeRequest,
    client: OidcClient,
    sign_in: SignIn | None,
    policy: Policy,
    now: datetime,
    *,
    given: Given,
) -> Due:
    """Decide what is due before an OpenID Connect request is granted."""
    if sign_in is None:
        return Due.SIGN_IN
    lack = requirements.lack(client.demands, sign_in, policy, now)
    if lack is Lack.SESSION:
        return Due.UNFINISHED
    if given.subject and given.subject != sign_in.person.public_id:
        return Due.SIGN_IN if "none" in asked.prompt else Due.ACCOUNT
    if "select_account" in asked.prompt and not given.chosen:
        return Due.ACCOUNT
    since = auth_time(sign_in)
    is_old = asked.max_age is not None and (now - since).total_seconds() > asked.max_age
    # Compared with the stored request, not with a flag, so that it is asked for once.
    is_proof_due = since < asked.created_at and ("login" in asked.prompt or is_old)
    if lack is Lack.PASSKEY and is_proof_due:
        return Due.FRESH_PROOF  # a passkey is both there; as a second step it is no fresh proof
    if lack is not Lack.NOTHING:
        return LACKS[lack]
    # A level that a client would like to have is no reason to fail (Core 3.1.2.1, acr_values).
    is_second_wanted = LEVELS[1] in asked.acr_values.split() and "none" not in asked.prompt
    if is_second_wanted and has_skipped(sign_in) and is_on(sign_in.person):
        return Due.SKIPPED_STEP
    return Due.FRESH_PROOF if is_proof_due else Due.NOTHING


def auth_time(sign_in: SignIn) -> datetime:
    """Compute when a session's person last signed in or proved themselves (Core 2, auth_time)."""
    return max(at for at in (sign_in.created_at, sign_in.proved_at) if at is not None)


def acr(sign_in: SignIn) -> str:
    """Compute a session's authentication context class for OpenID Connect, one of ``LEVELS``."""
    has_second = sign_in.second_step_at is not None and not has_skipped(sign_in)
    return LEVELS[1] if has_second else LEVELS[0]
