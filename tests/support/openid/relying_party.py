"""A client of OpenID Connect that does everything by hand, so that it can do it wrong."""

import re
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from joserfc import jwk, jwt
from support.browser.page import check
from support.site.world import HOST, PUBLIC_URL, Person, World
from support.stories.front_door import Visitor, refresh
from werkzeug.test import TestResponse

from twofa.domain.oidc.claims import pkce_challenge
from twofa.domain.oidc.clients import USUAL_SCOPES, OidcClient
from twofa.flows.oidc import manage_clients

REDIRECT = "https://wiki.example.net/callback"
BYE = "https://wiki.example.net/bye"
VERIFIER = "made-up-verifier-of-a-client-0123456789abcdef"
NEW = OidcClient(
    id=0, client_id="", name="Wiki", auth="basic", pkce_required=True, redirects=(REDIRECT,),
    logout_redirects=(BYE,), backchannel_uri="", scopes=frozenset(USUAL_SCOPES),
    roles=frozenset(), second=False, phishing_resistant=False, max_age=None, algorithm="RS256",
    claims_in_id_token=True, created_at=None, used_at=None, off_at=None,  # type: ignore[arg-type]  # made at registration
)  # fmt: skip


@dataclass
class RelyingParty:
    """One registered client."""

    world: World
    client_id: str
    secret: str
    values: OidcClient
    nonce: str = "made-up-nonce"
    more: dict[str, str] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """The address of the sign-in."""
        return self.world.services.public_url

    def url(self, **changed: str | None) -> str:
        """Return the address of an authentication request; None leaves a parameter out."""
        values = {
            "client_id": self.client_id,
            "redirect_uri": self.values.redirects[0],
            "response_type": "code",
            "scope": "openid profile email groups",
            "state": "made-up-state",
            "nonce": self.nonce,
            "code_challenge": pkce_challenge(VERIFIER),
            "code_challenge_method": "S256",
            **changed,
        }
        given = {name: value for name, value in values.items() if value is not None}
        return f"{self.issuer}/oidc/authorize?{urlencode(given)}"

    def token(self, code: str, **changed: str | None) -> TestResponse:
        """Exchange a code; None leaves a field out. ``by`` is another way to authenticate."""
        by = changed.pop("by", self.values.auth)
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.values.redirects[0],
            "code_verifier": VERIFIER,
            **changed,
        }
        data = {name: value for name, value in fields.items() if value is not None}
        more: dict[str, Any] = {}
        if by == "basic":
            more["auth"] = (self.client_id, self.secret)
        else:
            data |= {"client_id": self.client_id}
            data |= {"client_secret": self.secret} if by == "post" else {}
        return self.world.app.test_client().post(
            "/oidc/token", base_url=self.issuer, data=data, **more
        )

    def claims(self, id_token: str) -> dict[str, Any]:
        """Verify an ID token by the published keys; return its claims."""
        client = self.world.app.test_client()
        published: Any = client.get("/.well-known/jwks.json", base_url=self.issuer).json
        keys = jwk.KeySet.import_key_set(published)
        found = jwt.decode(id_token, keys, algorithms=[self.values.algorithm])
        rules = jwt.JWTClaimsRegistry(
            now=int(self.world.clock().timestamp()),
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
        )
        rules.validate(found.claims)
        return dict(found.claims)

    def userinfo(self, access_token: str) -> TestResponse:
        """Ask about the account that an access token is of."""
        return self.world.app.test_client().get(
            "/oidc/userinfo",
            base_url=self.issuer,
            headers={"Authorization": f"Bearer {access_token}"},
        )


def register(world: World, **changed: Any) -> RelyingParty:
    """Register a client, as the operator's command does."""
    values = replace(NEW, **changed)
    with world.app.app_context():
        made = manage_clients.add(world.services, values)
    return RelyingParty(world, made.client_id, made.secret, values)


def ask(visitor: Visitor, url: str) -> TestResponse:
    """Open an authentication request; follow our own redirects and pages that go on.

    Return our page, or the answer that leads to the client, whose address is the last hop.
    """
    visitor.hops = [url]
    while len(visitor.hops) <= 10:
        answer = visitor.go(visitor.hops[-1])
        onward = answer.location or refresh(answer)
        if not onward:
            return answer
        visitor.hops.append(urljoin(visitor.hops[-1], onward))
        if urlsplit(visitor.hops[-1]).netloc != HOST:
            return answer
    raise AssertionError(f"too many hops: {visitor.hops}")


def answered(visitor: Visitor) -> dict[str, str]:
    """Return the parameters that the client was sent, each once."""
    query = parse_qs(urlsplit(visitor.hops[-1]).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in query.values()), query
    return {name: values[0] for name, values in query.items()}


def code_of(visitor: Visitor, party: RelyingParty, **changed: str | None) -> str:
    """Ask as somebody who is signed in, and return the code."""
    ask(visitor, party.url(**changed))
    found = answered(visitor)
    assert "code" in found, found
    return found["code"]


def enter(visitor: Visitor, party: RelyingParty, **changed: str | None) -> dict[str, Any]:
    """Sign in at the client as somebody who is signed in here; return the token answer."""
    answer = party.token(code_of(visitor, party, **changed))
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def on_page(visitor: Visitor, pattern: str) -> str:
    """Return what a pattern finds on the open page."""
    check(visitor.page)
    found = re.search(pattern, visitor.page.html)
    assert found, visitor.page.text
    return found[1]


def go_on(visitor: Visitor, answer: TestResponse) -> TestResponse:
    """Follow the redirect after a form, as ``ask`` does."""
    assert answer.status_code == 303, answer.text
    return ask(visitor, urljoin(PUBLIC_URL, str(answer.location)))


def sign_in(visitor: Visitor, person: Person) -> TestResponse:
    """Sign in at the page where the last request ended, with the code where it is due."""
    path = visitor.hops[-1].removeprefix(PUBLIC_URL)
    assert path.startswith("/login?next="), visitor.hops
    answer = visitor.post(path, {"email": person.email, "password": person.password})
    if answer.location == "/verify-otp":
        answer = visitor.enter(visitor.world.code(person.phone))
    return go_on(visitor, answer)


def prove(visitor: Visitor) -> TestResponse:
    """Enter the password at the page where the last request ended."""
    assert visitor.hops[-1] == f"{PUBLIC_URL}/confirm-identity", visitor.hops
    return go_on(visitor, visitor.prove())
