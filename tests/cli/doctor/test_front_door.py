"""flask doctor on the front door: real sites on loopback play good and bad proxies."""

from contextlib import ExitStack
from functools import partial

import pytest
from cli.doctor.test_doctor import doctor
from support.servers.certificate import Certificate
from support.servers.guarded_host import Installation
from support.servers.loopback_site import LoopbackSite
from support.servers.processes import free_port
from support.stories.front_door import KEY, OLDER_KEY

from twofa.cli.doctor.front_door import DENIED, MADE_UP_KEY, OUR_REQUEST_ID
from twofa.domain.front_door.hosts import FrontDoor, HostPolicy
from twofa.flows import signing_keys

GONE = 9  # the port of "discard": nobody listens there
PASS_ON = "Have it pass /.twofa/ on with the header Host unchanged, and without asking for a check."
ASK = (
    "Have the proxy of {} ask the sign-in about each request, and check that the application can't "
    "be reached past it."
)
LOOK = "Open it in a private window: it must ask for a sign-in."
TURN_ON = "Set PASSKEYS=on. An installation at an IP address has no passkeys."
DENY = "Deny /auth/nginx and /auth/forward in the proxy of "


def told(lines):
    """Return the lines of the front door, each with what fixes it; the key is nowhere."""
    assert KEY not in "\n".join(lines)
    assert OLDER_KEY not in "\n".join(lines)
    found, is_ours = [], False
    for line in lines:
        is_head = line.startswith(("ok ", "note ", "error "))
        is_ours = " front door: " in line if is_head else is_ours
        if is_ours:
            found.append(line.replace(" front door", "", 1))
    return found


def said(one):
    """Type flask doctor in an installation; return what it says of the front door."""
    return told(doctor(one.world)[1])


@pytest.fixture
def install(make_world):
    """Yield a function that sets an installation up; keywords are answers and settings."""
    with ExitStack() as stack:
        yield lambda **given: Installation(stack, make_world, **given)


def well(one):
    """Return what doctor says of an installation where all is well."""
    return [
        f"ok: {one.host} asks for a sign-in",
        f"ok: {one.login_host} asks for a sign-in",
        f"ok: {one.public_url}/auth/forward is refused from outside",
    ]


def test_all_is_well(migrated, tmp_path):
    url = f"sqlite:///{tmp_path / 'twofa.db'}"
    with ExitStack() as stack:
        one = Installation(stack, lambda **settings: migrated(url, **settings))
        code, lines = doctor(one.world)
    assert (code, told(lines)) == (0, well(one))
    assert [path for path, _ in one.site.asked] == ["/.twofa/ping", "/"]
    assert [path for path, _ in one.public.asked] == ["/", f"/auth/forward/{MADE_UP_KEY}"]
    sent = str(one.site.asked + one.public.asked)
    assert not [key for key in (KEY, OLDER_KEY) if key in sent], "a proxy logs what it is asked"


def test_an_installation_without_a_front_door_hears_nothing_of_it(make_world):
    assert told(doctor(make_world())[1]) == []


def test_a_host_that_believes_a_forged_identity_is_an_error(install):
    one = install(host=lambda path, headers: (
        one.ask(path, headers) if path.startswith("/.twofa/") else (200, {}, b"welcome")
    ))  # fmt: skip
    code, lines = doctor(one.world)
    assert code == 1
    assert told(lines)[:2] == [
        f"error: {one.host} answers without a sign-in: anyone can read its page /",
        ASK.format(one.host),
    ]
    _, sent = one.site.asked[-1]
    assert sent["Remote-User"] == sent["X-Twofa-Assertion"] == "forged"
    assert (sent["Remote-Email"], sent["Remote-Groups"]) == ("forged@example.com", "admin")
    assert "Cookie" not in sent


PINGS = {
    "no such page": ((404, {}, b""), ": status 404"),
    "no sign-in behind it": ((502, {}, b""), ": status 502"),
    "a check before it": ((303, {"Location": "/.twofa/begin?next=/"}, b""), ": status 303"),
    "a page of the application": ((200, {}, b"<p>welcome"), ": something else answers"),
    "JSON of the application": ((200, {}, b"[]"), ": something else answers"),
    "no key id": ((200, {}, b'{"kid": ["x"]}'), ": something else answers"),
    "nested JSON": ((200, {}, b"[" * 60_000), ": something else answers"),
    "no UTF-8": ((200, {}, b"\xff\xfe"), ": something else answers"),
}


@pytest.mark.parametrize(("reply", "words"), PINGS.values(), ids=PINGS)
def test_a_proxy_must_pass_our_own_addresses_on(install, reply, words):
    one = install(host=lambda path, headers: (
        reply if path == "/.twofa/ping" else one.guard(path, headers)
    ))  # fmt: skip
    assert said(one)[:3] == [
        f"error: the proxy of {one.host} doesn't pass /.twofa/ on to the sign-in{words}",
        PASS_ON,
        f"ok: {one.host} asks for a sign-in",
    ]


def pinged(one, body):
    """Answer the pings of an installation's host with this body; return what doctor says."""
    one.site.answer = lambda path, headers: (
        (200, {}, body) if path == "/.twofa/ping" else one.guard(path, headers)
    )
    return said(one)


def test_another_sign_in_behind_a_host_is_an_error(install):
    one = install()
    assert pinged(one, b'{"kid": "another"}')[:2] == [
        f"error: {one.host} passes /.twofa/ on to another sign-in",
        f"Have the proxy of {one.host} pass /.twofa/ on to this one, which has other keys.",
    ]


def test_every_published_key_is_ours(install):
    one = install()
    services = one.world.services
    with one.world.app.app_context():
        signing_keys.refresh(services, services.clock())
        signing_keys.rotate(services)
        kid = services.signer.kid("ES256", services.clock())
        one.world.clock.move(hours=2)
        signing_keys.refresh(services, services.clock())
        assert services.signer.kid("ES256", services.clock()) != kid
    assert pinged(one, f'{{"kid": "{kid}"}}'.encode()) == well(one)


def test_no_more_than_64_kilobytes_are_read(install):
    one = install()
    with one.world.app.app_context():
        signing_keys.refresh(one.world.services, one.world.clock())
    kid = one.world.services.signer.kid("ES256", one.world.clock())
    body = f'{{"kid": "{kid}"}}'.encode()
    assert pinged(one, body + b" " * 500_000) == well(one)
    assert "something else answers" in pinged(one, b" " * 70_000 + body)[0]


VISITS = {
    "refused": (401, "", "ok"),
    "forbidden": (403, "", "ok"),
    "moved to the beginning": (301, "/.twofa/begin?next=%2F", "ok"),
    "led to the beginning": (303, "http://{host}/.twofa/begin?next=%2F", "ok"),
    "led to the sign-in": (307, "{public}/login", "ok"),
    "led to another page": (302, "/home", "note"),
    "led to another site": (302, "{public}.attacker.example/login", "note"),
    "led nowhere": (308, "", "note"),
    "broken": (500, "", "note"),
    "missing": (404, "", "note"),
    "without content": (204, "", "error"),
}


@pytest.mark.parametrize(("status", "location", "state"), VISITS.values(), ids=VISITS)
def test_what_a_visitor_is_answered(install, status, location, state):
    def answer(path, headers):
        if path.startswith("/.twofa/"):
            return one.ask(path, headers)
        return status, {"Location": location.format(host=one.host, public=one.public_url)}, b""

    one = install(host=answer)
    leads = ", which doesn't lead to the sign-in" if status in (302, 308) else ""
    lines = said(one)
    assert lines[0].startswith(f"{state}: {one.host} ")
    if state == "note":
        assert lines[:2] == [f"note: {one.host} answers with status {status}{leads}", LOOK]


def test_a_host_that_is_gone_is_told_once(install):
    one = install(hosts={f"127.0.0.1:{GONE}": "default"})
    assert said(one)[:2] == [
        f"error: 127.0.0.1:{GONE} doesn't answer: ConnectionRefusedError",
        f"Check that DNS leads 127.0.0.1:{GONE} to its proxy, that the proxy runs, and its TLS.",
    ]
    assert said(one)[2:] == well(one)[2:]


def test_a_name_that_dns_can_not_have_is_told(install):
    name = f"{'a' * 64}.localhost"
    assert said(install(hosts={name: "default"}))[0] == (
        f"error: {name} doesn't answer: it isn't in DNS"
    )


def test_a_host_that_does_not_speak_http_is_told(install):
    one = install(host=lambda _path, _headers: (0, {}, b"220 mail.example.com ESMTP\r\n"))
    assert said(one)[0] == f"error: {one.host} doesn't answer: its response isn't HTTP"


def test_nobody_waits_for_a_slow_host(install, monkeypatch):
    monkeypatch.setattr("twofa.cli.doctor.front_door.PATIENCE", 0.3)
    one = install(host=lambda _path, _headers: None)
    assert said(one)[0] == f"error: {one.host} doesn't answer: no response within 0.3 seconds"
    one.site.answer = lambda path, headers: one.ask(path, headers) if path != "/" else None
    assert said(one)[:2] == [
        f"note: {one.host} doesn't answer: no response within 0.3 seconds",
        "Check that the site runs, and that this machine can connect to it.",
    ]


def test_a_check_that_can_be_reached_from_outside_is_noted(install):
    one = install()
    one.public.answer = one.ask
    assert said(one) == [
        *well(one)[:2],
        f"note: {one.public_url}/auth/forward can be reached from outside",
        f"{DENY}{one.login_host}. In development, without a proxy on this machine, it is normal.",
    ]


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("headers", [{}, {"X-Request-Id": "0f" * 16}], ids=["no id", "its own id"])
def test_a_public_site_that_denies_by_its_own_word_is_well(install, status, headers):
    one = install(public=lambda path, given: (
        (status, headers, b"") if path.startswith("/auth/") else one.ask(path, given)
    ))  # fmt: skip
    assert said(one) == well(one)


def test_a_wrong_key_is_answered_as_the_check_expects_of_this_program(install):
    one = install()
    status, headers, _ = one.ask(f"/auth/forward/{MADE_UP_KEY}", {"Host": one.login_host})
    assert status in DENIED
    assert OUR_REQUEST_ID.fullmatch(headers["X-Request-Id"])


def test_a_sign_in_that_does_not_run_is_noted(make_world):
    port = free_port()
    host, url = f"localhost:{port}", f"http://localhost:{port}"
    door = FrontDoor((KEY,), {host: "default"})
    world = make_world(env="development", public_url=url, front_door=door)
    assert told(doctor(world)[1]) == [
        f"note: {host} doesn't answer: ConnectionRefusedError",
        "Check that the site runs, and that this machine can connect to it.",
        f"note: {url}/auth/forward couldn't be checked: ConnectionRefusedError",
        "Check that it is refused from outside.",
    ]


def test_certificates_are_verified(make_world, tmp_path, monkeypatch):
    certificate = Certificate(tmp_path)
    with LoopbackSite(lambda _path, _headers: (401, {}, b""), tls=certificate.server) as site:
        host = f"127.0.0.1:{site.port}"
        door = FrontDoor((KEY,), {host: "default"})
        world = make_world(public_url=f"https://{host}", front_door=door)
        untrusted = "its certificate isn't trusted: self-signed certificate"
        assert told(doctor(world)[1])[::2] == [
            f"note: {host} doesn't answer: {untrusted}",
            f"note: https://{host}/auth/forward couldn't be checked: {untrusted}",
        ]
        assert site.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", certificate.path)
        assert told(doctor(world)[1]) == [
            f"ok: {host} asks for a sign-in",
            f"note: https://{host}/auth/forward couldn't be checked: status 401",
            "Check that it is refused from outside.",
        ]


def test_a_policy_that_lets_nobody_in_is_told(install):
    one = install(policies={
        "default": HostPolicy(),
        "press": HostPolicy("press", roles=frozenset({"editor", "admins", "user"})),
    })  # fmt: skip
    run = one.world.app.test_cli_runner().invoke
    people = ["ada@example.com", "bob@example.com"]
    for address in people:
        assert run(args=["users", "create", address]).exit_code == 0
    assert said(one) == [
        "note: policy press: no account has the role admins",
        "Correct the role in FRONT_DOOR_FILE, or run: flask users role ADDRESS admins",
        "note: policy press: no account has the role editor",
        "Correct the role in FRONT_DOOR_FILE, or run: flask users role ADDRESS editor",
        *well(one),
    ]
    for address, role in zip(people, ("admins", "editor"), strict=True):
        assert run(args=["users", "role", address, role]).exit_code == 0
    assert said(one) == [
        "note: policy press: no account has the role user",
        "Correct the role in FRONT_DOOR_FILE, or run: flask users role ADDRESS user",
        *well(one),
    ]


def test_a_policy_for_passkeys_is_noted_where_they_are_off(make_world):
    policies = {"default": HostPolicy(), "strong": HostPolicy("strong", phishing_resistant=True)}
    for rp_id, noted in (
        ("localhost", []),
        (
            None,
            ["note: policy strong: no one can meet phishing_resistant: passkeys are off", TURN_ON],
        ),
    ):
        with ExitStack() as stack:
            one = Installation(stack, partial(make_world, rp_id=rp_id), policies=policies)
            assert said(one) == [*noted, *well(one)]


def test_hosts_are_checked_without_a_database_too(install, make_world):
    one = install()
    door = FrontDoor((KEY,), {one.host: "press"}, {
        "press": HostPolicy("press", roles=frozenset({"editor"})),
    })  # fmt: skip
    away = f"postgresql+psycopg://harbour@127.0.0.1:{GONE}/harbour"
    world = make_world(
        env="development", public_url=one.public_url, front_door=door, database_url=away
    )
    assert told(doctor(world)[1]) == [
        "error: the keys that sign for applications are unreadable",
        "Fix the database or the data key first.",
        f"ok: {one.host} asks for a sign-in",
        well(one)[2],
    ]
