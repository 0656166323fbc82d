"""What a policy demands: a role, a second factor, a recent proof; and preflights that pass."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from support.front_door import wire
from support.front_door.doors import APP, ISSUER, LOGIN, OTHER
from support.front_door.visitor import HOST_COOKIE
from support.servers.installation import real_time

ADMIN = f"https://{APP}/admin/accounts?a=b"


@pytest.fixture
def admin(world):
    """Return a new administrator with two-factor sign-in on."""
    return with_role(world, world.person(phone=world.number()), "admin")


def with_role(world, person, role):
    runner = world.app.test_cli_runner()
    answer = runner.invoke(args=["users", "role", person.email, role])
    assert answer.exit_code == 0, answer.output
    return person


def place(answer):
    """Return the host and path where a browser arrived."""
    return urlsplit(answer.url).hostname, urlsplit(answer.url).path


@pytest.mark.seconds(4)
def test_a_policy_lets_those_in_who_meet_it(app, visitor, world, admin):
    answer = visitor.sign_in(ADMIN, admin, world)
    assert (answer.status_code, answer.url) == (200, ADMIN)
    assert app.only().identity()["remote-groups"] == "admin"


@pytest.mark.seconds(2)
def test_another_role_is_refused_and_not_led_in_a_circle(app, signed_in, world):
    answer = signed_in.get(ADMIN)
    assert answer.status_code == 403
    assert "Location" not in answer.headers
    assert signed_in.script(ADMIN).status_code == 403
    assert app.is_untouched()


@pytest.mark.seconds(3)
def test_a_role_that_is_taken_away_counts_at_the_next_request(app, visitor, world, admin):
    assert visitor.sign_in(ADMIN, admin, world).status_code == 200
    with_role(world, admin, "user")
    app.clear()
    assert visitor.get(ADMIN).status_code == 403
    assert app.is_untouched()
    assert visitor.get(f"https://{APP}/page").status_code == 200
    assert app.only().identity()["remote-groups"] == "user"


@pytest.mark.seconds(3)
def test_an_old_proof_is_asked_for_again_and_leads_back(app, visitor, world, admin, change_rows):
    assert visitor.sign_in(ADMIN, admin, world).status_code == 200
    long_ago = real_time() - timedelta(minutes=11)
    change_rows("sessions", second_step_at=long_ago, proved_at=None)
    app.clear()
    assert visitor.script(ADMIN).status_code == 401
    answer = visitor.open(ADMIN)
    assert place(answer) == (LOGIN, "/confirm-identity")
    assert app.is_untouched()
    assert visitor.open(f"https://{APP}/page").status_code == 200, "other pages stay open"
    app.clear()
    answer = visitor.follow(visitor.post(answer, password=admin.password))
    assert (answer.status_code, answer.url) == (200, ADMIN)
    assert app.only().identity()["remote-groups"] == "admin"


@pytest.mark.seconds(4)
def test_a_skipped_step_is_made_up_for(app, door, visitor, world, admin):
    answer = visitor.open(f"https://{APP}/page")
    told = len(world.texts(admin.phone))
    fields = {"email": admin.email, "password": admin.password}
    answer = visitor.follow(visitor.post(answer, **fields))
    assert visitor.enter_code(answer, admin, world, told, trust="y").status_code == 200
    visitor.post(visitor.get(f"{ISSUER}/dashboard"), action="/logout")
    answer = visitor.open(f"https://{APP}/page")
    app.clear()
    answer = visitor.follow(visitor.post(answer, **fields))
    assert (answer.status_code, answer.url) == (200, f"https://{APP}/page")
    assert "mfa" not in str(app.only().identity()), "the step was skipped"
    app.clear()
    answer = visitor.open(ADMIN)
    assert place(answer) == (LOGIN, "/verify-otp")
    assert app.is_untouched()
    told = len(world.texts(admin.phone))
    visitor.post(answer, action="/verify-otp/resend")
    answer = visitor.enter_code(visitor.get(f"{ISSUER}/verify-otp"), admin, world, told)
    assert (answer.status_code, answer.url) == (200, ADMIN)


@pytest.mark.seconds(3)
def test_an_administrator_without_a_second_factor_is_shown_how_to_get_one(app, visitor, world):
    person = with_role(world, world.person(), "admin")
    answer = visitor.sign_in(ADMIN, person, world)
    assert answer.status_code == 403
    assert place(answer)[0] == LOGIN
    assert visitor.page.heading == "Turn on two-factor sign-in"
    assert app.is_untouched()


@pytest.mark.seconds(3)
def test_a_weaker_policy_in_the_address_opens_nothing(app, visitor, world):
    """The query says what to ask for; the check goes by the path that the proxy chose."""
    person = world.person()
    visitor.sign_in(f"https://{APP}/page", person, world)
    app.clear()
    for query in ("next=/admin&policy=default", "next=/admin", "next=/admin&policy=interface"):
        answer = visitor.open(f"https://{APP}/.twofa/begin?{query}")
        assert answer.status_code == 403
    assert app.is_untouched()


ASKS = ("Origin: https://elsewhere.example", "Access-Control-Request-Method: PUT")


def preflight(door, host, *lines, method="OPTIONS", path="/interface"):
    lines = [f"Host: {host}", *lines, "Connection: close"]
    return wire.ask(door, f"{method} {path} HTTP/1.1", *lines, sni=host)


@pytest.mark.seconds(1)
def test_a_preflight_passes_where_the_policy_says_so_and_tells_nobody(door, app, signed_in):
    assert preflight(door, OTHER, *ASKS).status == 200
    assert app.only().method == "OPTIONS"
    assert app.only().identity() == {}
    assert dict(app.only().headers)["origin"] == "https://elsewhere.example"
    app.clear()
    assert signed_in.open(f"https://{OTHER}/").status_code == 200
    app.clear()
    cookie = f"Cookie: {HOST_COOKIE}={signed_in.cookie(host=OTHER)}"
    assert preflight(door, OTHER, *ASKS, cookie, "Remote-User: root").status == 200
    assert app.only().identity() == {}, "not even with a cookie, which no browser sends"


@pytest.mark.seconds(1)
def test_a_preflight_is_refused_elsewhere(door, app):
    assert preflight(door, APP, *ASKS).status == 401
    assert preflight(door, OTHER, *ASKS, path="/admin").status == 401
    assert app.is_untouched()


@pytest.mark.seconds(1)
def test_nothing_passes_for_a_preflight_that_is_none(door, app):
    assert preflight(door, OTHER).status == 401
    assert preflight(door, OTHER, ASKS[0]).status == 401
    assert preflight(door, OTHER, ASKS[1]).status == 401
    for method in ("GET", "POST", "PUT", "HEAD"):
        lies = ("X-Forwarded-Method: OPTIONS", "X-HTTP-Method-Override: OPTIONS")
        assert preflight(door, OTHER, *ASKS, *lies, method=method).status == 401
    assert app.is_untouched()
