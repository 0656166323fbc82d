"""flask users: accounts from the operator's side, and what their owners notice."""

import json
import re

import pytest
from support.site.world import PASSWORD

from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.recovery_codes.recovery_codes import RecoveryCode
from twofa.storage.sessions.known_devices import DeviceRow
from twofa.storage.two_factor.factors import Factor

EMAIL = "grace@example.com"
NO_DATABASE = "Error: The database is unavailable or has no tables yet. Run: flask doctor\n"
OTHER_KEY = "Error: The database was created with another SECRET_KEY. Run: flask doctor\n"
UNKNOWN = "No user has this email. Run: flask users list"
NO_ROLE = "Use 1-20 lowercase letters, digits or hyphens, starting with a letter."
NO_ROLES = ("", "Editor", "2fa", "e" * 21, "two words", "a_b", "role:x", "é", "x\n", "x'; --")


def create(command, *more, email=EMAIL, password=PASSWORD):
    """Type flask users create."""
    words = ("--password", password) if password else ()
    return command("users", "create", email, *words, *more)


@pytest.mark.parametrize("role", ["user", "admin", "copy-editor-2", "e" * 20])
def test_an_account_is_made_with_its_role_and_signs_in(world, command, role):
    made = create(command, "--role", role, "--first-name", "Grace")
    assert (made.exit_code, made.output) == (0, f"Created user {EMAIL} ({role}).\n")
    (user,) = world.rows(User)
    assert (user.role, user.first_name, bool(user.email_confirmed_at)) == (role, "Grace", True)
    assert world.browser().sign_in(EMAIL).location == "/dashboard"
    assert world.rows(EventRow)[0].tag == "user_created_by_operator"


def test_without_a_role_it_is_a_user(world, command):
    create(command)
    assert [user.role for user in world.rows(User)] == ["user"]


def test_the_password_that_is_generated_works(world, command):
    made = create(command, password=None)
    password = re.fullmatch(rf"Created user {EMAIL} \(user\)\.\nPassword: (\S+)\n", made.output)[1]
    assert len(password) >= world.policy.password_min_length
    assert world.browser().sign_in(EMAIL, password).location == "/dashboard"


def test_no_two_passwords_that_are_made_are_alike(command):
    outputs = [create(command, email=f"{n}@example.com", password=None).output for n in range(2)]
    first, second = (output.rpartition(": ")[2] for output in outputs)
    assert first != second


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("grace", PASSWORD, "Invalid email address."),
        ("grace@example.com\nBcc: x@example.com", PASSWORD, "Invalid email address."),
        (EMAIL, "elevenchars", "Password too short (minimum 12)."),
        (EMAIL, "password123456", "Password too easy to guess."),
        (EMAIL, "Grace-Example-99", "Password too similar to the email or the app's name."),
        (EMAIL, "Harbour-8351-9274-6602", "Password too similar to the email or the app's name."),
    ],
    ids=[
        "no address",
        "an address with a second line",
        "a password that is too short",
        "a password that is easy to guess",
        "a password made of the address",
        "a password made of our name",
    ],
)
def test_what_can_not_be_is_refused_with_its_reason(world, command, email, password, said):
    made = create(command, email=email, password=password)
    assert made.exit_code == 1
    assert made.output.startswith(f"Error: {said}")
    assert password not in made.output
    assert world.rows(User) == []


@pytest.mark.parametrize("again", [EMAIL, EMAIL.upper()], ids=["the same", "in capitals"])
def test_an_address_has_one_account(world, command, again):
    create(command)
    made = create(command, email=again)
    assert made.exit_code == 1
    assert made.output.startswith("Error: A user with this email already exists.")
    assert len(world.rows(User)) == 1


@pytest.mark.parametrize("word", NO_ROLES)
def test_what_is_no_role_is_refused_wherever_one_is_given(world, command, word):
    person = world.person()
    made = create(command, "--role", word)
    given = command("users", "role", person.email, word)
    listed = command("users", "list", "--role", word)
    counted = command("users", "require-2fa", "--dry-run", "--for", f"role:{word}")
    for done in (made, given, listed):
        assert (done.exit_code, done.stdout) == (2, "")
        assert NO_ROLE in done.stderr
    assert (counted.exit_code, counted.stdout) == (2, "")
    assert "Use --for all, or --for role:NAME, such as --for role:admin." in counted.stderr
    assert [user.role for user in world.rows(User)] == ["user"]


def test_a_role_is_changed_and_written_down(world, command):
    person = world.person()
    done = command("users", "role", person.email.upper(), "editor")
    said = f"Changed the role of {person.email.upper()} from user to editor.\n"
    assert (done.exit_code, done.output) == (0, said)
    assert [user.role for user in world.rows(User)] == ["editor"]
    event = world.rows(EventRow)[-1]
    assert (event.tag, event.detail, event.user_id) == ("authz_change", "user -> editor", 1)
    assert person.browser.is_signed_in()
    person.browser.get("/settings/activity")
    assert person.browser.page.all("h3")[0].text == "Role changed by support"
    listed = json.loads(command("users", "list", "--role", "editor", "--json").stdout)
    assert [user["role"] for user in listed["users"]] == ["editor"]
    assert command("users", "list", "--role", "user").stdout == ""
    world.clock.move(seconds=4)
    world.sweep()
    assert "administrator" not in world.mails(person.email)[-1].subject


def test_the_same_role_again_changes_nothing_and_says_so(world, command):
    person = world.person()
    before = len(world.rows(EventRow))
    done = command("users", "role", person.email, "user")
    assert (done.exit_code, done.output) == (0, f"{person.email} already has the role user.\n")
    assert len(world.rows(EventRow)) == before


def test_a_new_admin_is_told_by_email_once(world, command):
    person = world.person()
    before = len(world.mails(person.email))
    for _ in range(2):
        assert command("users", "role", person.email, "admin").exit_code == 0
    world.clock.move(seconds=4)
    world.sweep()
    (mail,) = world.mails(person.email)[before:]
    assert mail.subject == "You're now an administrator"
    assert "Our support team gave your account the role admin." in re.sub(r"\s+", " ", mail.text)
    assert world.rows(EventRow)[-1].detail == "user -> admin"


def test_with_a_phone_two_factor_sign_in_is_on_from_the_start(world, command):
    phone = world.number()
    made = create(command, "--phone", phone)
    assert made.exit_code == 0
    assert phone not in made.output
    assert f"Two-factor sign-in: on (+1 ••• ••• ••{phone[-2:]})\n" in made.output
    codes = re.findall(r"^\d\d-\S+$", made.output, re.MULTILINE)
    assert len(codes) == 10
    browser = world.browser()
    assert browser.sign_in(EMAIL).location == "/verify-otp"
    assert browser.enter(world.code(phone)).location == "/dashboard"
    other = world.browser()
    other.sign_in(EMAIL)
    answer = other.post("/verify-otp/recovery", {"recovery_code": codes[0]})
    assert answer.location == "/dashboard"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("4155550123", "not accepted (needs country)"),
        ("+1415", "not accepted (too short)"),
        (None, "This number belongs to another user."),
    ],
    ids=["without its country code", "too short", "somebody else's"],
)
def test_a_number_that_can_not_be_is_refused(world, command, number, said):
    taken = world.person(phone=world.number()).phone
    made = create(command, "--phone", number or taken)
    assert made.exit_code == 1
    assert said in made.output
    assert len(world.rows(User)) == 1


def test_show_tells_the_state_and_no_secret(world, command):
    person = world.person(phone=world.number())
    shown = command("users", "show", person.email)
    lines = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in shown.output.splitlines()[:4])
    assert shown.exit_code == 0
    assert (lines["email"], lines["role"]) == (person.email, "user")
    assert "two factor since     2026-03-02 09:00 UTC\n" in shown.output
    assert "recovery codes left  10\n" in shown.output
    assert f"{person.phone[-2:]}\nphone state          on\n" in shown.output
    assert "enabled" in shown.output
    (user,) = world.rows(User)
    hidden = [user.password_hash, person.phone[-7:], person.phone, *person.recovery_codes]
    answer = command("users", "show", person.email, "--json").stdout
    assert json.loads(answer) == {
        "email": person.email, "id": user.public_id, "role": "user",
        "created_at": "2026-03-02T09:00:00Z", "two_factor_since": "2026-03-02T09:00:00Z",
        "phone": f"+1 ••• ••• ••{person.phone[-2:]}", "phone_state": "on",
        "app_confirmed_at": None, "app_state": "none", "passkeys": 0, "security_keys": 0,
        "recovery_codes_left": 10,
        "state": "enabled", "state_since": None,
    }  # fmt: skip
    for text in (shown.output, answer):
        digits = re.sub(r"\D", "", text)
        assert not [secret for secret in hidden if secret in text or secret in digits]


def test_show_tells_of_an_account_without_a_second_factor(world, command):
    create(command)
    shown = command("users", "show", EMAIL.upper())
    assert "two factor since     -\n" in shown.output
    assert "phone state          none\n" in shown.output


@pytest.mark.parametrize("verb", ["show", "disable", "enable", "reset-2fa --yes", "role editor"])
def test_an_unknown_address_is_said_plainly(command, verb):
    name, *more = verb.split()
    answered = command("users", name, "nobody@example.com", *more)
    assert (answered.exit_code, answered.output) == (1, f"Error: {UNKNOWN}\n")


def test_disabling_ends_sessions_at_once_and_enabling_lets_back_in(world, command):
    person = world.person(phone=world.number())
    other = world.browser()
    other.sign_in_fully(person)
    pending = world.browser()
    pending.sign_in(person.email)

    assert command("users", "disable", person.email).exit_code == 0
    assert not person.browser.is_signed_in()
    assert not other.is_signed_in()
    assert pending.get("/verify-otp", follow=False).location.startswith("/login")
    assert world.browser().sign_in(person.email).status_code == 403
    assert world.browser().sign_in(person.email, "not-the-password").status_code == 422
    assert "state                disabled\n" in command("users", "show", person.email).output

    assert command("users", "enable", person.email).exit_code == 0
    assert not person.browser.is_signed_in(), "an ended session stays ended"
    assert world.browser().sign_in_fully(person).location == "/dashboard"


def test_a_reset_turns_the_second_factor_off_and_tells_the_owner(world, command):
    person = world.person(phone=world.number())
    answered = command("users", "reset-2fa", person.email, "--yes")
    assert answered.exit_code == 0
    assert not person.browser.is_signed_in()
    assert world.rows(Factor) == []
    assert world.rows(RecoveryCode) == []
    assert world.rows(DeviceRow) == []
    assert world.browser().sign_in(person.email).location == "/dashboard"
    world.clock.move(seconds=4)
    world.sweep()
    told = "".join(mail.text for mail in world.mails(person.email))
    assert "Our support team turned off two-factor sign-in." in told
    assert "twofa_reset" in [event.tag for event in world.rows(EventRow)]


def test_after_a_reset_the_number_is_free_for_its_next_owner(world, command):
    phone = world.number()
    person = world.person(phone=phone)
    command("users", "reset-2fa", person.email, "--yes")
    world.clock.move(hours=1)
    assert len(world.person(phone=phone).recovery_codes) == 10


@pytest.mark.parametrize("answer", ["n\n", "\n", ""], ids=["no", "nothing", "the end"])
def test_a_reset_that_is_not_confirmed_changes_nothing(world, command, answer):
    person = world.person(phone=world.number())
    answered = command("users", "reset-2fa", person.email, answer=answer)
    assert answered.exit_code == 1
    assert person.browser.is_signed_in()
    assert len(world.rows(Factor)) == 1


def test_a_database_without_tables_is_said_plainly(empty_database, make_world):
    typist = make_world(database_url=empty_database).app.test_cli_runner()
    answered = typist.invoke(args=["users", "show", EMAIL])
    assert (answered.exit_code, answered.output) == (1, NO_DATABASE)


def test_a_user_created_as_json_has_its_password_and_recovery_codes(world, command):
    phone = world.number()
    made = create(command, "--phone", phone, "--json", password=None)
    answer = json.loads(made.stdout)
    assert answer.keys() == {"email", "role", "password", "phone", "recovery_codes"}
    assert (answer["email"], answer["role"], len(answer["recovery_codes"])) == (EMAIL, "user", 10)
    assert world.browser().sign_in(EMAIL, answer["password"]).location == "/verify-otp"
    given = json.loads(create(command, "--json", email="other@example.com").stdout)
    assert (given["password"], given["phone"], given["recovery_codes"]) == (None, None, [])


def test_another_key_than_the_databases_own_is_said_plainly(make_world, world):
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    world.person()
    other = make_world(database_url=url, secret_key="another-made-up-secret-key-0123456789")
    answered = other.app.test_cli_runner().invoke(args=["users", "show", EMAIL])
    assert (answered.exit_code, answered.output) == (1, OTHER_KEY)
