"""Forms under attack: forged, stuffed, misshapen. Every answer is a 4xx with words, never a 500."""

import io

import pytest
from support.browser.page import Page
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING, PLAIN
from support.site.world import PASSWORD, PUBLIC_URL

OLD_FORM = "Allow cookies in your browser, then try again."
ANOTHER_SITE = (
    "For your security, we didn't accept this form because another site sent it. Fill it in here."
)
EVIL = "https://evil.example"
NO_REFERER = {"Referer": ""}
FROM_ELSEWHERE = {
    "a page of another site": {"Referer": f"{EVIL}/"},
    "ours without https": {"Referer": PUBLIC_URL.replace("https", "http")},
    "no address": {"Referer": "https://["},
    "our name before another": {"Referer": f"{PUBLIC_URL}@evil.example/"},
    "another port": {"Referer": f"{PUBLIC_URL}:444/"},
    "another origin": {"Origin": EVIL},
    "another origin alone": {**NO_REFERER, "Origin": EVIL},
    "an origin that is none": {"Origin": "app.example.com"},
    "two origins": {"Origin": f"{PUBLIC_URL}, {EVIL}"},
    "another site": {"Origin": PUBLIC_URL, "Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Origin": PUBLIC_URL, "Sec-Fetch-Site": "same-site"},
    "both, the origin another": {"Origin": EVIL, "Sec-Fetch-Site": "same-origin"},
    "a frame without an origin": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
}
FROM_HERE = {
    "a referer": {"Referer": f"{PUBLIC_URL}/login"},
    "a referer with the usual port": {"Referer": f"{PUBLIC_URL}:443/login"},
    "an origin": {**NO_REFERER, "Origin": PUBLIC_URL},
    "a hidden origin and a referer": {"Origin": "null"},
    "a hidden origin and metadata": {
        **NO_REFERER, "Origin": "null", "Sec-Fetch-Site": "same-origin"
    },
    "metadata": {**NO_REFERER, "Sec-Fetch-Site": "same-origin"},
    "all of them": {"Origin": PUBLIC_URL, "Sec-Fetch-Site": "same-origin"},
    "an address typed again": {**NO_REFERER, "Origin": PUBLIC_URL, "Sec-Fetch-Site": "none"},
}  # fmt: skip

# Every form, who may fill it in, the page it stands on, and its fields.
FORMS = {
    "/login": (NO_SESSION, "/login", ("email", "password", "remember", "remember_address")),
    "/register": (NO_SESSION, "/register", ("email", "password")),
    "/confirm-email/no-such-link": (NO_SESSION, "/login", ("password",)),
    "/forgot-password": (NO_SESSION, "/forgot-password", ("email",)),
    "/reset-password/no-such-link": (NO_SESSION, "/login", ("password",)),
    "/verify-otp": (PENDING, "/verify-otp", ("code", "trust")),
    "/wasnt-me/no-such-link": (NO_SESSION, "/login", ("made_up",)),
    "/verify-otp/recovery": (PENDING, "/verify-otp/recovery", ("recovery_code",)),
    "/confirm-identity": (PLAIN, "/confirm-identity", ("password",)),
    "/settings/profile": (CODE, "/settings/profile", ("first_name", "last_name")),
    "/settings/2fa/enable": (PLAIN, "/settings/2fa/enable", ("phone", "country")),
    "/settings/2fa/app": (PLAIN, "/settings/2fa/app", ("code",)),
    "/settings/2fa/confirm": (PLAIN, "/settings/2fa/enable", ("code",)),
    "/settings/email": (PLAIN, "/settings/email", ("email",)),
    "/settings/phone": (CODE, "/settings/phone", ("phone", "country")),
    "/settings/phone/current": (CODE, "/settings/phone", ("code", "recovery_code")),
    "/settings/phone/confirm": (CODE, "/settings/phone", ("code", "sign_out_others")),
    "/settings/2fa/disable": (CODE, "/settings/2fa/disable", ("code", "sign_out_others")),
}
NO_NUMBER = ("/settings/2fa/confirm", "/settings/phone/current", "/settings/phone/confirm")
"""Forms that lead back, for no number was typed."""
NASTY = {
    "NUL": "a\x00b",
    "control characters": "\x01\x02\x1b[31m",
    "line breaks": "a\r\nBcc: evil@example.com",
    "a delete": "a\x7f",
    "bytes that are no UTF-8": b"\xff\xfe\xed\xa0\x80",
    "half a letter": b"%ed%a0%bd",
    "NUL and bytes, encoded": b"a%00%ff%fe%c0%80",
    "quotes": "' OR 1=1 --\"; DROP TABLE users;",
    "patterns": "%_%_%(name)s {0} {{7*7}} %s",
    "a script": "<script>alert(1)</script>",
    "nothing": "",
    "spaces": "   ",
    "a long one": "x" * 5000,
    "digits of other scripts": "\u0661\u0662\u0663\u0664\u0665\u0666\uff12",
    "right to left": "\u202eevil\u202c\u2066",
    "faces": "\U0001f600" * 40,
    "zeros": "0" * 300,
    "a large number": "9" * 200,
}


@pytest.fixture(scope="module")
def crowd(build_states):
    """Return sign-in states of this file's own: its people get through many tries."""
    return build_states()


def visitor(states, path):
    """Open a browser that may fill this form in."""
    state = FORMS[path][0]
    if path != "/confirm-identity":
        return states.browser(state)
    # Wrong proofs end a session: one for each test.
    browser = states.browser()
    browser.sign_in(states.carol.email)
    return browser


def send(browser, path, page, data, **more):
    """Send a form with the token of its page."""
    browser.get(page)
    token = browser.page.token()
    if isinstance(data, bytes):
        data = data + b"&csrf_token=" + token.encode()
        more["content_type"] = "application/x-www-form-urlencoded"
        return browser.request("POST", path, data=data, **more)
    return browser.request("POST", path, data={**data, "csrf_token": token}, **more)


@pytest.mark.parametrize("nasty", NASTY.values(), ids=NASTY.keys())
@pytest.mark.parametrize("path", FORMS)
def test_no_value_of_a_field_breaks_a_form(crowd, path, nasty):
    _, page, fields = FORMS[path]
    if isinstance(nasty, bytes):
        data = b"&".join(field.encode() + b"=" + nasty for field in fields)
    else:
        data = dict.fromkeys(fields, nasty)
    answer = send(visitor(crowd, path), path, page, data)
    taken = path == "/settings/profile" and answer.status_code == 303
    # Raw bytes make the whole body unreadable, its token too.
    unreadable = isinstance(nasty, bytes) and not nasty.isascii()
    refused = (400, 410) if unreadable else (410, 422, 429)
    led_back = answer.status_code == 303 and path in NO_NUMBER
    assert taken or led_back or answer.status_code in refused
    assert b"<script>alert" not in answer.data
    assert b"\x00" not in answer.data


SHAPES = {
    "each field twice": lambda fields: {f: ["one", "two"] for f in fields},
    "fields with brackets": lambda fields: {f"{f}[]": ["one", "two"] for f in fields},
    "fields that are objects": lambda fields: {f"{f}[a]": "x" for f in fields},
    "fields of ours": lambda fields: {
        **dict.fromkeys(fields, "x"),
        "user_id": "1", "role": "admin", "twofa_verified": "1", "id": "1", "_method": "GET",
    },
    "no field": lambda _fields: {},
    "a file for each field": lambda fields: {
        f: (io.BytesIO(b"content"), "name.txt") for f in fields
    },
    "a nameless file": lambda fields: {f: (io.BytesIO(b""), "") for f in fields},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("path", FORMS)
def test_no_shape_of_a_form_breaks_it(crowd, path, shape):
    _, page, fields = FORMS[path]
    answer = send(visitor(crowd, path), path, page, shape(fields))
    assert answer.status_code in (303, 410, 422, 429)
    assert "twofa_verified" not in answer.headers.get("Set-Cookie", "")


JSON = (
    {"email": ["a"], "password": 5, "code": 123456, "first_name": {"a": 1}, "phone": True},
    {"email": None, "password": None, "code": 1.5, "recovery_code": [], "last_name": 7},
    [1, 2], "text", None, 17,
)  # fmt: skip


@pytest.mark.parametrize("body", JSON, ids=["odd types", "nulls", "a list", "a text", "null", "17"])
@pytest.mark.parametrize("path", FORMS)
def test_json_is_no_form(crowd, path, body):
    _, page, _ = FORMS[path]
    browser = visitor(crowd, path)
    browser.get(page)
    headers = {"X-CSRFToken": browser.page.token()}
    answer = browser.request("POST", path, json=body, headers=headers)
    assert answer.status_code in (303, 400, 410, 415, 422, 429)


@pytest.mark.parametrize("path", FORMS)
def test_a_megabyte_is_more_than_a_form_takes(crowd, path):
    _, page, fields = FORMS[path]
    answer = send(visitor(crowd, path), path, page, {fields[0]: "x" * 1_000_000})
    assert answer.status_code == 413
    assert "Shorten what you entered" in answer.text


def test_sixty_four_kilobytes_are_the_edge(crowd):
    browser = crowd.browser(CODE)
    browser.get("/settings/profile")
    body = b"csrf_token=" + browser.page.token().encode() + b"&first_name=Ada&other="
    kind = {"content_type": "application/x-www-form-urlencoded"}
    for length, status in ((64 * 1024, 303), (64 * 1024 + 1, 413)):
        filled = body + b"x" * (length - len(body))
        assert (
            browser.request("POST", "/settings/profile", data=filled, **kind).status_code == status
        )


def test_more_parts_than_a_form_has_are_refused(crowd):
    browser = crowd.browser(PENDING)
    parts = {f"field{n}": "x" for n in range(60)}
    kind = {"content_type": "multipart/form-data"}
    assert send(browser, "/verify-otp", "/verify-otp", parts, **kind).status_code == 413


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain", "a/b; c", ""]
)
def test_a_body_that_cant_be_read_is_a_form_without_its_token(crowd, kind):
    browser = crowd.browser()
    answer = browser.request("POST", "/login", data=b"--x\r\n\xff\r\n", content_type=kind)
    assert answer.status_code == 400
    assert browser.page.all("div", class_="notices")[0].text.strip() == OLD_FORM


@pytest.mark.parametrize(
    "given", ["", "wrong", "é", "a.b.c", "x" * 5000, None], ids=lambda g: str(g)[:8]
)
@pytest.mark.parametrize("path", ["/login", "/register", "/verify-otp", "/settings/profile"])
def test_a_form_without_its_token_comes_back_fresh(crowd, path, given):
    _, page, fields = FORMS[path]
    browser = visitor(crowd, path)
    browser.get(page)
    good = browser.page.token()
    data = {
        **dict.fromkeys(fields, "typed"),
        **({"csrf_token": given} if given is not None else {}),
    }
    answer = browser.request("POST", path, data=data)
    assert answer.status_code == 400
    assert browser.page.all("div", class_="notices")[0].text.strip() == OLD_FORM
    assert browser.page.errors == []
    assert browser.page.token() != ""
    # The fresh form works: it gets as far as its fields.
    data["csrf_token"] = browser.page.token()
    assert browser.request("POST", path, data=data).status_code in (303, 422)
    assert good


def test_a_token_of_another_browser_is_none(crowd):
    for path in ("/login", "/register"):
        other = crowd.browser()
        other.get(path)
        browser = crowd.browser()
        browser.get(path)
        data = {"email": "a@example.com", "password": PASSWORD, "csrf_token": other.page.token()}
        assert browser.request("POST", path, data=data).status_code == 400


def test_nobody_is_signed_in_from_another_site(world):
    mallory = world.person()
    victim, attacker = world.browser(), world.browser()
    attacker.get("/login")
    data = {
        "email": mallory.email, "password": PASSWORD, "csrf_token": attacker.page.token(),
    }  # fmt: skip
    assert victim.request("POST", "/login", data=data).status_code == 400
    victim.get("/login")
    data["csrf_token"] = victim.page.token()
    for headers in FROM_ELSEWHERE.values():
        answer = victim.request("POST", "/login", data=data, headers=headers)
        assert answer.status_code == 400, headers
        assert ANOTHER_SITE in victim.page.text
    assert not victim.is_signed_in()


@pytest.mark.parametrize("headers", FROM_HERE.values(), ids=FROM_HERE.keys())
def test_one_header_that_names_our_site_is_enough(crowd, headers):
    for path in ("/login", "/forgot-password"):
        browser = crowd.browser()
        browser.get(path)
        data = {"email": "nobody@example.com", "password": "x", "csrf_token": browser.page.token()}
        answer = browser.request("POST", path, data=data, headers=headers)
        assert answer.status_code in (303, 422), answer.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "null"}, {"Sec-Fetch-Site": "none"}, {"Origin": "", "Sec-Fetch-Site": "none"}],
)
@pytest.mark.parametrize("path", ["/login", "/verify-otp", "/settings/profile"])
def test_a_form_that_nothing_names_is_refused_over_https_with_words_that_say_so(
    crowd, path, headers
):
    _, page, fields = FORMS[path]
    browser = visitor(crowd, path)
    headers = {"Referer": "", **headers}
    answer = send(browser, path, page, dict.fromkeys(fields, "x"), headers=headers)
    assert answer.status_code == 400
    (notice,) = browser.page.all("div", class_="notices")
    assert notice.text.strip().startswith("Your browser didn't say which site sent this form.")
    data = {**dict.fromkeys(fields, "x"), "csrf_token": browser.page.token()}
    assert browser.request("POST", path, data=data).status_code in (303, 422)


def test_over_http_a_form_needs_no_header_but_none_of_another_site(make_world):
    world = make_world(env="development", public_url="http://localhost:8000")
    for host in ("localhost:8000", "127.0.0.1:8000"):
        client = world.app.test_client()
        token = Page(client.get("/login", base_url=f"http://{host}").text).token()
        data = {"email": "nobody@example.com", "password": "x", "csrf_token": token}
        for headers, status in (
            ({}, 422),
            ({"Origin": f"http://{host}"}, 422),
            ({"Referer": f"http://{host}/login"}, 422),
            ({"Origin": "http://localhost:9000"}, 400),
            ({"Referer": "https://evil.example/"}, 400),
        ):
            answer = client.post("/login", data=data, headers=headers, base_url=f"http://{host}")
            assert answer.status_code == status, headers


def test_only_a_form_of_ours_signs_out(world):
    browser = world.person().browser
    for method in ("GET", "HEAD"):
        answer = browser.request(method, "/logout")
        assert (answer.status_code, answer.location) == (303, "/")
    for method in ("PUT", "DELETE", "PATCH"):
        assert browser.request(method, "/logout").status_code == 405
    assert browser.request("POST", "/logout").status_code == 400
    assert browser.request("POST", "/logout", data={"csrf_token": "wrong"}).status_code == 400
    assert browser.is_signed_in()
    assert browser.post("/logout", on="/settings").status_code == 303
    assert not browser.is_signed_in()
