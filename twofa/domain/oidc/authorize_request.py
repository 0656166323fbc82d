"""The authentication request of OpenID Connect: its parameters, checked (Core 3.1.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from twofa.domain.oidc.clients import OidcClient

STATE_LENGTH, NONCE_LENGTH = 2000, 500
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
PROMPTS = ("none", "login", "select_account", "consent", "create")
UNSUPPORTED = ("request", "request_uri", "registration")
ACR_LENGTH, HINT_LENGTH = 200, 254


class AuthorizeError(Exception):
    """A request that goes back to its client; the word is one of RFC 6749 4.1.2.1 or Core 3.1.2.6.

    The description is for whoever sets the client up.
    """

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


@dataclass(frozen=True, slots=True, repr=False)
class AuthorizeRequest:
    """What a client of OpenID Connect asks for, checked."""

    redirect_uri: str
    scope: str
    """The scopes that the client has and asks for, separated by spaces."""
    state: str | None
    nonce: str
    challenge: str
    """The PKCE challenge, S256; "" for none."""
    prompt: frozenset[str]
    max_age: int | None
    """Seconds."""
    acr_values: str
    login_hint: str
    """What to prefill the sign-in page with, unchecked; "" for nothing."""
    created_at: datetime


def parse(parameters: Mapping[str, str], client: OidcClient, now: datetime) -> AuthorizeRequest:
    """Parse the parameters of an OpenID Connect request whose client and redirect URI are right.

    Unknown ones are ignored. Raise AuthorizeError.
    """
    for name in UNSUPPORTED:
        if parameters.get(name):
            raise AuthorizeError(f"{name}_not_supported", f"{name} isn't supported")
    _check_response(parameters)
    scopes = parameters.get("scope", "").split()
    if "openid" not in scopes:
        raise AuthorizeError("invalid_scope", "scope must contain openid")
    prompt = frozenset(parameters.get("prompt", "").split())
    if "none" in prompt and len(prompt) > 1:
        raise AuthorizeError("invalid_request", "prompt=none excludes every other prompt")
    nonce, state = parameters.get("nonce", ""), parameters.get("state")
    if len(nonce) > NONCE_LENGTH or len(state or "") > STATE_LENGTH:
        raise AuthorizeError(
            "invalid_request",
            f"nonce has more than {NONCE_LENGTH} characters, or state more than {STATE_LENGTH}",
        )
    return AuthorizeRequest(
        redirect_uri=parameters["redirect_uri"],
        scope=" ".join(one for one in dict.fromkeys(scopes) if one in client.scopes),
        state=state,
        nonce=nonce,
        challenge=_challenge(parameters, client),
        prompt=frozenset(prompt & set(PROMPTS)),
        max_age=_max_age(parameters.get("max_age", "")),
        acr_values=_short(parameters.get("acr_values", ""), ACR_LENGTH),
        login_hint=_short(parameters.get("login_hint", ""), HINT_LENGTH),
        created_at=now,
    )


def _check_response(parameters: Mapping[str, str]) -> None:
    kind = parameters.get("response_type", "")
    if not kind:
        raise AuthorizeError("invalid_request", "response_type is missing")
    if kind != "code":
        raise AuthorizeError("unsupported_response_type", "response_type must be code")
    if parameters.get("response_mode", "query") != "query":
        raise AuthorizeError("invalid_request", "response_mode must be query")


def _challenge(parameters: Mapping[str, str], client: OidcClient) -> str:
    """Return the PKCE challenge (RFC 7636), S256 alone."""
    challenge = parameters.get("code_challenge", "")
    method = parameters.get("code_challenge_method", "")
    if not challenge and not method and not client.needs_pkce:
        return ""
    if method != "S256" or not CHALLENGE.fullmatch(challenge):
        raise AuthorizeError(
            "invalid_request", "code_challenge with code_challenge_method=S256 is required"
        )
    return challenge


def _max_age(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,9}", text):
        raise AuthorizeError("invalid_request", "max_age must be a number of seconds")
    return int(text)


def _short(text: str, length: int) -> str:
    """Return a hint, or "" where it is longer than what is kept."""
    return text if len(text) <= length else ""
