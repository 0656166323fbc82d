"""The API's description is true: programs can read it, people too, and it keeps what it says."""

import re
from itertools import count

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as rounds
from jsonschema_rs import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from support.browser.page import Page
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING
from support.site.world import HOST, PASSWORD
from support.stories.api_program import Program, key_in

from twofa.web.api_docs import openapi_document
from twofa.web.api_docs.openapi_operation import By

ROUNDS = 20
names = (f"key {n}" for n in count(1))
# Whether a number is in use, or a password right, is no matter of a schema.
NOTHING = {"description": "No Content"}
NOT_OURS = [positive_data_acceptance]


@pytest.fixture(scope="module")
def described(states):
    """Return the description, as a program gets it."""
    answer = Program(states.world).get("openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_the_description_is_openapi_and_names_every_route(states, described):
    assert described["openapi"].startswith("3.1")
    said = {(path, method) for path, item in described["paths"].items() for method in item}
    rules = [
        rule for rule in states.world.app.url_map.iter_rules() if rule.rule.startswith("/api/")
    ]
    there = {
        (re.sub("<(?:[^:<>]+:)?(.+?)>", r"{\1}", rule.rule), method.lower())
        for rule in rules
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert there - said == {("/api/openapi.json", "get"), ("/api/docs", "get")}
    assert said <= there


def contents(described):
    """Return every body of the description: where it stands, its schema, its examples."""
    for path, item in described["paths"].items():
        for method, operation in item.items():
            bodies = [("asks", operation["requestBody"])] if "requestBody" in operation else []
            answers = dict(operation["responses"])
            assert answers.pop("204", NOTHING) == NOTHING
            for where, body in [*bodies, *answers.items()]:
                content = body["content"]["application/json"]
                yield f"{method} {path} {where}", content["schema"], content["examples"]


def test_every_example_keeps_to_its_schema(described):
    seen = 0
    for where, schema, examples in contents(described):
        whole = {**schema, "components": described["components"]}
        validator = Draft202012Validator(whole)
        assert examples, where
        for example in examples.values():
            validator.validate(example["value"])
            seen += 1
    assert seen > 20


def test_every_example_of_a_request_is_one_that_we_read(states):
    for *_, operation in openapi_document.operations(states.world.app):
        for asked in operation.asks:
            raw = msgspec.json.encode(asked)
            assert msgspec.json.decode(raw, type=type(asked)) == asked


def test_what_needs_a_session_or_a_key_says_so(states, described):
    for path, method, _, operation in openapi_document.operations(states.world.app):
        security = described["paths"][path][method]["security"]
        assert bool(security) == (operation.by is not By.NOTHING)


def test_people_read_it_on_a_page_of_ours(states, described):
    for state in (NO_SESSION, PENDING, CODE):
        answer = states.browser(state).request("GET", "/api/docs")
        assert answer.status_code == 200
        page = Page(answer.text)
        for path, item in described["paths"].items():
            for method, operation in item.items():
                assert f"{method.upper()} {path}" in page.text
                assert operation["summary"] in page.text
        assert states.alice.email not in answer.text


class Quiet:
    """The application, each request from another address: the outer ring has tests of its own."""

    def __init__(self, app):
        self.app = app
        self.addresses = (f"198.18.{n // 250}.{n % 250 + 1}" for n in range(60_000))

    def __call__(self, environ, start_response):
        """Answer one request."""
        own = {"REMOTE_ADDR": next(self.addresses), "HTTP_HOST": HOST, "wsgi.url_scheme": "https"}
        return self.app.wsgi_app({**environ, **own}, start_response)


@pytest.fixture(scope="module")
def probed(build_states):
    """Return the installation that is asked everything, and the description of its API."""
    states = build_states()
    app = Quiet(states.world.app)
    return states, schemathesis.openapi.from_wsgi("/api/openapi.json", app)


def credentials(states):
    """Return what a caller may be known by."""
    signed_in = Program(states.world, address="198.51.100.81")
    answer = signed_in.sign_in(states.carol.email, PASSWORD, token=True)
    pending = Program(states.world, address="198.51.100.81")
    half = pending.sign_in(states.alice.email, PASSWORD, token=True)
    return {
        "nothing": {},
        "a key": {"Authorization": f"Bearer {key_in(states.world, next(names))}"},
        "a session": {"Authorization": f"Bearer {answer.json['token']}"},
        "a pending session": {"Authorization": f"Bearer {half.json['token']}"},
    }


@pytest.mark.parametrize("known_by", ["nothing", "a key", "a session", "a pending session"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_the_api_keeps_what_its_description_says(probed, known_by, mode):
    states, schema = probed
    headers = credentials(states)[known_by]

    def probe(operation):
        @seed(7)
        @rounds(
            max_examples=ROUNDS,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            case.call_and_validate(headers=headers, excluded_checks=NOT_OURS)

        ask()

    asked = [found.ok() for found in schema.get_all_operations()]
    assert len(asked) == len(list(openapi_document.operations(states.world.app)))
    for operation in asked:
        if mode is GenerationMode.POSITIVE or list(operation.body):  # else nothing can be wrong
            probe(operation)
