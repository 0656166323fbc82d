"""An application behind the front door: it trusts the signed assertion and no other header."""

import os
import time
from threading import Lock

import requests
from flask import Flask, abort, g, request
from joserfc import errors, jwk, jwt

ISSUER, AUDIENCE = os.environ["TWOFA_ISSUER"], os.environ["TWOFA_AUDIENCE"]
EXPECTED = {"iss": {"value": ISSUER}, "aud": {"value": AUDIENCE}, "exp": {}, "sub": {}}
CLAIMS = {name: {"essential": True, **rule} for name, rule in EXPECTED.items()}
HOUR, MINUTE = 3600, 60
app, lock, cache = Flask(__name__), Lock(), {"keys": {}, "fetched": -HOUR, "tried": -MINUTE}


def find_key(token):
    """Return the token's key; fetch all keys hourly, for an unknown one at most once a minute."""
    with lock:
        now, kid = time.monotonic(), token.headers()["kid"]
        keys = cache["keys"] if now - cache["fetched"] < HOUR else {}
        if kid not in keys and now - cache["tried"] >= MINUTE:
            cache["tried"] = now
            answer = requests.get(f"{ISSUER}/.well-known/jwks.json", timeout=5)
            keys = {key.kid: key for key in jwk.KeySet.import_key_set(answer.json())}
            cache.update(keys=keys, fetched=now)
        return keys[kid]


@app.before_request
def require_assertion():
    """Answer 401 without a valid assertion, on every path: no identity is never a permission."""
    try:
        token = jwt.decode(request.headers.get("X-Twofa-Assertion", ""), find_key, ["ES256"])
        jwt.JWTClaimsRegistry(leeway=5, **CLAIMS).validate(token.claims)
    except (errors.JoseError, requests.RequestException, LookupError, TypeError, ValueError):
        abort(401)
    if token.header.get("typ") != "twofa-assertion+jwt":
        abort(401)
    g.person = token.claims


@app.get("/")
def show_person():
    """Show who is signed in; no cache may show it to somebody else."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return f"Signed in: {g.person.get('email') or g.person['sub']}\n", headers
