"""flask doctor on OpenID Connect: a real site on loopback plays the public site's proxy."""

import json
from contextlib import ExitStack
from functools import partial

import pytest
from cli.doctor.test_doctor import doctor
from support.openid.relying_party import register
from support.servers.loopback_site import LoopbackSite
from support.servers.processes import free_port

PATH = "/.well-known/openid-configuration"
GONE = 9  # the port of "discard": nobody listens there


class Site:
    """An installation in development whose public site answers as a test says."""

    def __init__(self, stack, make_world):
        self.public = stack.enter_context(LoopbackSite(self.serve))
        self.host = f"localhost:{self.public.port}"
        self.url = f"http://{self.host}"
        self.make_world = make_world
        self.world = make_world(env="development", public_url=self.url)

    def serve(self, path, headers):
        """Answer as the program itself."""
        client = self.world.app.test_client()
        answer = client.get(path, base_url=f"http://{headers['Host']}", headers=headers)
        return answer.status_code, dict(answer.headers), answer.data


@pytest.fixture
def site(make_world):
    """Yield an installation with a public site and one client."""
    with ExitStack() as stack:
        one = Site(stack, make_world)
        register(one.world)
        yield one


def told(lines):
    """Return the lines about OpenID Connect, each with what fixes it."""
    found, is_ours = [], False
    for line in lines:
        is_head = line.startswith(("ok ", "note ", "error "))
        is_ours = " openid connect: " in line if is_head else is_ours
        if is_ours:
            found.append(line.replace(" openid connect", "", 1))
    return found


def said(site):
    """Type flask doctor; return what it says of OpenID Connect."""
    return told(doctor(site.world)[1])


def test_all_is_well(site):
    assert said(site) == [f"ok: {site.url}{PATH} names the issuer {site.url}"]
    assert [path for path, _ in site.public.asked] == [PATH]


def test_without_a_client_that_is_on_nothing_is_asked(site):
    assert site.world.app.test_cli_runner().invoke(args=["oidc", "off", "Wiki"]).exit_code == 0
    assert said(site) == []
    assert site.public.asked == []


WRONG = {
    "a proxy that keeps the path": ((404, {}, b""), "has status 404"),
    "a proxy without a sign-in": ((502, {}, b"{}"), "has status 502"),
    "a proxy that redirects": ((301, {"Location": "/"}, b""), "has status 301"),
    "a page": ((200, {}, b"<p>welcome"), "has something else"),
    "another document": ((200, {}, b'{"issuer": 7}'), "has something else"),
    "a list": ((200, {}, b'["issuer"]'), "has something else"),
}


@pytest.mark.parametrize(("reply", "words"), WRONG.values(), ids=WRONG)
def test_clients_must_find_the_configuration(site, reply, words):
    site.public.answer = lambda _path, _headers: reply
    code, lines = doctor(site.world)
    assert code == 1
    assert told(lines) == [
        f"error: {site.url}{PATH} {words}",
        f"Have the proxy of {site.host} pass {PATH} on to the sign-in.",
    ]


@pytest.mark.parametrize("issuer", ["https://login.example.com", "{url}/", "\x1b[31mred"])
def test_another_issuer_is_an_error(site, issuer):
    issuer = issuer.format(url=site.url)
    body = json.dumps({"issuer": issuer}).encode()
    site.public.answer = lambda _path, _headers: (200, {}, body)
    error, fix = said(site)
    assert error == f"error: {site.url}{PATH} names another issuer, {issuer!a}"
    assert fix == (
        f"Restart the program, so that it has this PUBLIC_URL, and check that {site.host} leads to "
        "this installation. Clients accept no other issuer."
    )


def test_a_program_that_does_not_run_is_noted(make_world):
    url = f"http://localhost:{free_port()}"
    world = make_world(env="development", public_url=url)
    register(world)
    assert told(doctor(world)[1]) == [
        f"note: {url}{PATH} doesn't answer: ConnectionRefusedError",
        "Check that the site runs, and that this machine can connect to it.",
    ]


def test_what_nobody_can_meet_is_noted(site):
    register(site.world, name="Press", roles=frozenset({"editor", "user"}))
    run = site.world.app.test_cli_runner().invoke
    assert run(args=["users", "create", "ada@example.com"]).exit_code == 0
    assert said(site)[1:] == [
        "note: client Press: no account has the role editor",
        "Add the client with another --role, or run: flask users role ADDRESS editor",
    ]
    assert run(args=["oidc", "off", "Press"]).exit_code == 0
    assert len(said(site)) == 1


def test_a_client_for_passkeys_is_noted_where_they_are_off(make_world):
    for rp_id, noted in (
        ("localhost", []),
        (
            None,
            [
                "note: client Vault: no one can meet --phishing-resistant: passkeys are off",
                "Set PASSKEYS=on. An installation at an IP address has no passkeys.",
            ],
        ),
    ):
        with ExitStack() as stack:
            one = Site(stack, partial(make_world, rp_id=rp_id))
            register(one.world, name="Vault", phishing_resistant=True)
            assert said(one)[1:] == noted


def test_without_a_database_nothing_is_said_of_it(make_world):
    away = f"postgresql+psycopg://harbour@127.0.0.1:{GONE}/harbour"
    assert told(doctor(make_world(database_url=away))[1]) == []
