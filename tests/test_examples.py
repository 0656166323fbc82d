"""The examples: the application behind the front door, and files that have to fit each other."""

import base64
import hashlib
import hmac
import importlib.util
import json
import re
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwk
from support.front_door.doors import EXAMPLES
from support.front_door.issuer import Issuer, new_key

AUDIENCE = "https://app.example.test"
IDENTITY = {"Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups", "X-Twofa-Assertion"}
CONFIGURATIONS = ("nginx.conf", "Caddyfile", "haproxy.cfg", "twofa.lua", "traefik.yml")
HOUR, MINUTE = 3600, 60


@pytest.fixture
def issuer():
    """Yield an issuer with one key."""
    with Issuer() as server:
        yield server


@pytest.fixture
def client(issuer, monkeypatch):
    """Return the example's test client; ``clock.now`` is the time by which it keeps keys."""
    monkeypatch.setenv("TWOFA_ISSUER", issuer.url)
    monkeypatch.setenv("TWOFA_AUDIENCE", AUDIENCE)
    spec = importlib.util.spec_from_file_location("front_door_example", EXAMPLES / "app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    clock = SimpleNamespace(now=0.0)
    module.time = SimpleNamespace(monotonic=lambda: clock.now)
    test_client = module.app.test_client()
    test_client.clock = clock
    return test_client


def claims(issuer, **changes):
    """Return the claims of a good assertion; ``None`` removes one."""
    now = int(time.time())
    usual = {
        "iss": issuer.url, "aud": AUDIENCE, "sub": "0" * 32, "email": "ada@example.com",
        "email_verified": True, "role": "user", "amr": ["pwd", "sms", "mfa"], "auth_time": now,
        "second_at": now, "iat": now, "exp": now + 60, "jti": "made-up",
    }  # fmt: skip
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def status(client, assertion, path="/", **headers):
    sent = {"X-Twofa-Assertion": assertion} if assertion is not None else {}
    return client.get(path, headers={**sent, **headers}).status_code


def test_a_good_assertion_shows_who_is_signed_in_and_is_kept_by_no_cache(client, issuer):
    headers = {"X-Twofa-Assertion": issuer.assertion(claims(issuer))}
    answer = client.get("/", headers=headers)
    assert (answer.status_code, answer.text) == (200, "Signed in: ada@example.com\n")
    assert answer.headers["Cache-Control"] == "no-store"
    nameless = issuer.assertion(claims(issuer, email=None))
    assert client.get("/", headers={"X-Twofa-Assertion": nameless}).text.endswith("0" * 32 + "\n")


@pytest.mark.parametrize("path", ["/", "/static/app.css", "/nothing"])
@pytest.mark.parametrize("assertion", [None, "", "a.b.c", "é", "x" * 9000])
def test_no_identity_is_401_on_every_path(client, path, assertion):
    invented = {"Remote-User": "0" * 32, "Remote-Email": "ada@example.com"}
    assert status(client, assertion, path, **invented) == 401


def test_an_assertion_that_came_twice_is_401(client, issuer):
    good = issuer.assertion(claims(issuer))
    headers = [("X-Twofa-Assertion", good), ("X-Twofa-Assertion", good)]
    assert client.get("/", headers=headers).status_code == 401


NOW = 0
"""Stands for the present time in claims that are made when a test runs."""


def in_time(value):
    """Return a claim's value with ``NOW`` and what was added to it made real."""
    is_time = type(value) is int
    return int(time.time()) + value if is_time else value


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example.org"}, {"aud": AUDIENCE + "/"}, {"aud": None},
        {"iss": "https://login.example.org"}, {"iss": None},
        {"exp": None}, {"exp": NOW - 6}, {"exp": "9999999999"}, {"exp": True},
        {"sub": None}, {"sub": ""}, {"iat": NOW + 600},
    ],
    ids=str,
)  # fmt: skip
def test_an_assertion_with_another_claim_is_401(client, issuer, changes):
    real = {name: in_time(value) for name, value in changes.items()}
    assert status(client, issuer.assertion(claims(issuer, **real))) == 401
    assert status(client, issuer.assertion(claims(issuer))) == 200


def test_an_assertion_counts_five_seconds_longer_for_clocks_that_differ(client, issuer):
    assert status(client, issuer.assertion(claims(issuer, exp=int(time.time()) - 2))) == 200


@pytest.mark.parametrize("typ", [None, "JWT", "at+jwt", "logout+jwt"])
def test_another_type_of_token_is_401(client, issuer, typ):
    assert status(client, issuer.assertion(claims(issuer), typ=typ)) == 401


def test_a_token_without_key_id_is_401(client, issuer):
    assert status(client, issuer.assertion(claims(issuer), kid=None)) == 401


def forged(header, body, signature=b""):
    parts = [json.dumps(header).encode(), json.dumps(body).encode()]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    if callable(signature):
        signature = signature(signed)
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_no_signature_is_401(client, issuer, alg):
    header = {"alg": alg, "kid": issuer.keys[0].kid, "typ": "twofa-assertion+jwt"}
    assert status(client, forged(header, claims(issuer))) == 401


@pytest.mark.parametrize("form", ["pem", "jwk", "point"])
def test_a_signature_by_hs256_with_the_public_key_as_its_secret_is_401(client, issuer, form):
    public = issuer.keys[0].public_key
    secret = {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(issuer.keys[0].as_dict(private=False)).encode(),
        "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    }[form]
    header = {"alg": "HS256", "kid": issuer.keys[0].kid, "typ": "twofa-assertion+jwt"}
    token = forged(header, claims(issuer), lambda text: hmac.digest(secret, text, hashlib.sha256))
    assert status(client, token) == 401


def test_a_published_key_of_another_algorithm_signs_no_assertion(client, issuer):
    other = jwk.generate_key("RSA", 2048, auto_kid=True)
    issuer.keys.append(other)
    assert status(client, issuer.assertion(claims(issuer), other, alg="RS256")) == 401
    assert status(client, issuer.assertion(claims(issuer), issuer.keys[0])) == 200


def test_another_key_under_a_published_key_id_is_401(client, issuer):
    stranger = new_key()
    token = issuer.assertion(claims(issuer), stranger, kid=issuer.keys[0].kid)
    assert status(client, token) == 401


def test_a_key_in_the_header_is_401(client, issuer):
    stranger = new_key()
    header = {"alg": "ES256", "kid": stranger.kid, "typ": "twofa-assertion+jwt"}
    header["jwk"] = stranger.as_dict(private=False)
    signed = issuer.assertion(claims(issuer), stranger, **header)
    assert status(client, signed) == 401


def test_keys_are_fetched_once_in_an_hour_and_then_a_retired_one_is_401(client, issuer):
    old = issuer.keys[0]
    for client.clock.now in (0, MINUTE, HOUR - 1):
        assert status(client, issuer.assertion(claims(issuer), old)) == 200
    assert issuer.fetched == 1
    issuer.keys = [new_key()]
    client.clock.now = HOUR
    assert status(client, issuer.assertion(claims(issuer), old)) == 401
    assert status(client, issuer.assertion(claims(issuer))) == 200
    assert issuer.fetched == 2


def test_an_unknown_key_is_fetched_at_most_once_a_minute(client, issuer):
    old, new = issuer.keys[0], new_key()
    assert status(client, issuer.assertion(claims(issuer), old)) == 200
    for client.clock.now in (MINUTE - 1, MINUTE, MINUTE + 1, 2 * MINUTE - 1):
        assert status(client, issuer.assertion(claims(issuer), new)) == 401
    assert issuer.fetched == 2
    issuer.keys = [old, new]
    client.clock.now = 2 * MINUTE
    assert status(client, issuer.assertion(claims(issuer), new)) == 200
    assert status(client, issuer.assertion(claims(issuer), old)) == 200
    assert issuer.fetched == 3


@pytest.mark.parametrize(
    ("code", "body"),
    [(500, b"trouble"), (200, b"[]"), (200, b"{}"), (200, b'{"keys": 5}'), (200, b'{"keys": [{}]}'),
     (200, b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}')],
)  # fmt: skip
def test_without_keys_it_is_401_until_they_are_there(client, issuer, code, body):
    issuer.status, issuer.body = code, body
    token = issuer.assertion(claims(issuer))
    assert status(client, token) == 401
    assert status(client, token) == 401
    assert issuer.fetched == 1, "a request waits for an issuer in trouble once a minute"
    issuer.status, issuer.body = 200, b""
    client.clock.now = MINUTE
    assert status(client, token) == 200


def test_where_the_issuer_is_away_it_is_401(client, issuer):
    token = issuer.assertion(claims(issuer))
    issuer.__exit__()
    assert status(client, token) == 401


def test_known_keys_outlast_an_outage_for_their_hour_only(client, issuer):
    good, unknown = issuer.assertion(claims(issuer)), issuer.assertion(claims(issuer), new_key())
    assert status(client, good) == 200
    issuer.status, issuer.body = 503, b"trouble"
    client.clock.now = HOUR - 1
    assert status(client, unknown) == 401
    assert status(client, good) == 200
    client.clock.now = HOUR + MINUTE
    assert status(client, good) == 401


def test_many_threads_fetch_the_keys_once(client, issuer):
    token = issuer.assertion(claims(issuer))
    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(status, client.application.test_client(), token) for _ in range(40)
        ]  # fmt: skip
        assert {job.result() for job in jobs} == {200}
    assert issuer.fetched == 1


def test_the_example_is_short():
    lines = (EXAMPLES / "app.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line]) <= 40


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile", "twofa.lua", "traefik.yml"])
def test_every_proxy_hands_all_of_the_identity_on(name):
    text = (EXAMPLES / name).read_text("utf-8").lower()
    assert [header for header in IDENTITY if header.lower() not in text] == []


def test_the_policies_that_the_proxies_name_are_in_the_file_of_policies():
    written = tomllib.loads((EXAMPLES / "front-door.toml").read_text("utf-8"))
    texts = [(EXAMPLES / name).read_text("utf-8") for name in CONFIGURATIONS]
    named = set(re.findall(r"/auth/(?:nginx|forward)/KEY/([a-z]+)", " ".join(texts)))
    named |= set(re.findall(r"/\.twofa-check/([a-z]+)|str\(/([a-z]+)\)", " ".join(texts)).pop())
    assert named - {""} == {"admin"}
    assert named - {""} <= written["policies"].keys()
    assert {host["policy"] for host in written["hosts"].values()} <= written["policies"].keys()


def test_the_configuration_that_no_test_starts_says_so_and_asks_as_the_others_do():
    text = (EXAMPLES / "traefik.yml").read_text("utf-8")
    assert text.startswith("# NOT TESTED")
    middlewares = yaml.safe_load(text)["http"]["middlewares"]
    for name in ("check", "check-admin"):
        assert set(middlewares[name]["forwardAuth"]["authResponseHeaders"]) == IDENTITY
    removed = middlewares["no-invented-identity"]["headers"]["customRequestHeaders"]
    assert removed.keys() >= IDENTITY
    asked = {name.lower() for name in middlewares["check"]["forwardAuth"]["authRequestHeaders"]}
    script = (EXAMPLES / "twofa.lua").read_text("utf-8")
    assert asked == set(re.findall(r'"([a-z-]+)"', script.partition("ASKED = {")[2].split("}")[0]))


def test_the_guide_says_what_each_file_is():
    text = (EXAMPLES / "README.md").read_text("utf-8")
    files = {path.name for path in EXAMPLES.iterdir() if path.is_file()} - {"README.md"}
    assert {name for name in files if f"[`{name}`]({name})" not in text} == set()
