"""The application learns who is signed in from the front door alone, whatever a client says."""

import pytest
import requests
from joserfc import jwk, jwt
from support.front_door import wire
from support.front_door.doors import APP, ISSUER
from support.front_door.visitor import HOST_COOKIE

from twofa.storage.accounts.users import User

PAGE = f"https://{APP}/page"
INVENTED = {
    "Remote-User": "0" * 32,
    "Remote-Email": "root@example.com",
    "Remote-Name": "Root",
    "Remote-Groups": "admin",
    "X-Twofa-Assertion": "a.b.c",
}
ALIASES = [name.replace("-", mark) for name in INVENTED for mark in "_."]
MIXED = ["X_Twofa-Assertion", "X-Twofa_Assertion", "X.Twofa-Assertion", "X-Twofa.Assertion"]


@pytest.fixture
def identity(world, ada):
    """Return what the application has to learn of Ada in headers."""
    row = next(row for row in world.rows(User) if row.email == ada.email)
    return {"remote-user": row.public_id, "remote-email": ada.email, "remote-groups": "user"}


def told(arrival):
    """Return the identity in a request without the assertion, which has to be there."""
    headers = arrival.identity()
    assert headers.pop("x-twofa-assertion")
    return headers


def claims_of(door, arrival):
    """Return the claims of the assertion, verified by the keys that the issuer publishes."""
    answer = requests.get(
        f"{ISSUER}/.well-known/jwks.json", timeout=15,
        proxies={"https": door.tunnel.url}, verify=door.certificate.path,
    )  # fmt: skip
    keys = jwk.KeySet.import_key_set(answer.json())
    token = jwt.decode(arrival.identity()["x-twofa-assertion"], keys, ["ES256"])
    assert token.header["typ"] == "twofa-assertion+jwt"
    return token.claims


@pytest.mark.seconds(3)
def test_the_application_learns_who_is_signed_in(door, app, signed_in, identity):
    assert signed_in.get(PAGE).status_code == 200
    arrival = app.only()
    assert told(arrival) == identity
    claims = claims_of(door, arrival)
    assert (claims["iss"], claims["aud"]) == (ISSUER, f"https://{APP}")
    assert claims["sub"] == identity["remote-user"]
    assert (claims["email"], claims["email_verified"]) == (identity["remote-email"], True)
    assert claims["role"] == "user"
    assert set(claims["amr"]) == {"pwd", "sms", "mfa"}
    assert claims["exp"] == claims["iat"] + 60
    assert claims["auth_time"] <= claims["second_at"] <= claims["iat"]
    assert claims["jti"]


@pytest.mark.seconds(2)
@pytest.mark.parametrize(
    ("names", "sent"), [(("Ada", "Byron"), "Ada Byron"), (("Zoë", "%"), "Zo%C3%AB %25")]
)
def test_the_application_learns_the_name_in_ascii(app, visitor, world, names, sent):
    person = world.person()
    fields = dict(zip(("first_name", "last_name"), names, strict=True))
    assert person.browser.post("/settings/profile", fields).status_code == 303
    assert visitor.sign_in(PAGE, person, world).status_code == 200
    assert app.only().identity()["remote-name"] == sent


@pytest.mark.seconds(1)
def test_every_request_has_an_assertion_of_its_own(door, app, signed_in):
    for _ in range(2):
        signed_in.get(PAGE)
    names = {claims_of(door, arrival)["jti"] for arrival in app.arrivals}
    assert len(names) == 2


@pytest.mark.seconds(1)
def test_an_invented_identity_is_replaced_by_the_true_one(app, signed_in, identity):
    assert signed_in.get(PAGE, headers=INVENTED).status_code == 200
    assert told(app.only()) == identity
    assert "a.b.c" not in str(app.only().headers)


@pytest.mark.seconds(1)
@pytest.mark.parametrize("alias", [*ALIASES, *MIXED, "REMOTE-USER", "remote_user", "Remote-Other"])
def test_an_alias_of_an_identity_header_reaches_no_application(
    door, app, signed_in, identity, alias
):
    cookie = f"Cookie: {HOST_COOKIE}={signed_in.cookie()}"
    lines = [f"{alias}: invented", f"{alias}: invented too"]
    reply = wire.ask(door, "GET /page HTTP/1.1", f"Host: {APP}", cookie, *lines)
    if reply.status == 400:  # a proxy may refuse such a request
        assert app.is_untouched()
        return
    assert reply.status == 200
    assert told(app.only()) == identity
    assert "remote-other" not in dict(app.only().headers) or alias == "Remote-Other"


@pytest.mark.seconds(1)
@pytest.mark.parametrize("name", INVENTED)
def test_connection_can_remove_an_identity_and_never_put_one_in(
    door, app, signed_in, identity, name
):
    lines = [f"Cookie: {HOST_COOKIE}={signed_in.cookie()}", f"{name}: {INVENTED[name]}"]
    first = ["GET /page HTTP/1.1", f"Host: {APP}", f"Connection: close, {name}"]
    assert wire.ask(door, *first, *lines).status == 200
    left = app.only().identity()
    for header, value in identity.items():
        assert left.get(header) in (value, None)
    assert left.get("x-twofa-assertion") != "a.b.c"
