"""flask users: accounts, for operators."""

import secrets
from datetime import datetime, timedelta

import click
from flask import current_app

from twofa.cli import numbers, output, program
from twofa.cli.user_list import read_role, users
from twofa.domain.accounts import person_names, roles
from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.domain.errors import Busy, Duplicate
from twofa.domain.policy import Policy
from twofa.domain.sign_in.passwords import Weakness
from twofa.domain.sms import phones
from twofa.flows.admin import manage_accounts
from twofa.flows.two_factor import enforce_2fa
from twofa.storage.accounts import users as accounts
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import reading
from twofa.storage.passkeys import passkeys
from twofa.storage.two_factor import factors

WORDS = 4
SYLLABLES = "ba be bi bo bu da de di do du fa fe fi fo fu ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu pa pe pi po pu ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo vu za ze zi zo zu"  # noqa: E501 - a word list reads best on one line
MANY = 1_000_000
REFUSALS: dict[type[Exception], str] = {
    manage_accounts.NotAnAddress: "Invalid email address. Enter one like name@example.com.",
    manage_accounts.NotReachable: "The email server doesn't support SMTPUTF8, so it can't send to "
    "this address. Use an address with only a to z before the @.",
    Duplicate: "A user with this email already exists. Run: flask users show EMAIL",
    manage_accounts.NumberInUse: "This number belongs to another user. Use another number.",
}
UNKNOWN = "No user has this email. Run: flask users list"
email_argument = click.argument("email")


def _name(_context: click.Context, _option: click.Parameter, typed: str) -> str:
    """Return the visible characters of a name. Raise BadParameter where it is none."""
    name = person_names.clean(typed)
    if len(name) > person_names.LENGTH or (typed and not name):
        raise click.BadParameter("Use 1-80 visible characters.")
    return name


@users.command()
@email_argument
@click.option(
    "--role",
    metavar="ROLE",
    default=roles.USER,
    callback=read_role,
    help="user (default), admin, or a role of your own, such as editor.",
)
@click.option("--password", default=None, help="Generated if not given.")
@click.option("--first-name", default="", callback=_name)
@click.option("--last-name", default="", callback=_name)
@click.option("--phone", default="", help="With country code. Turns on two-factor sign-in.")
@output.json_option
def create(
    *,
    email: str,
    role: str,
    password: str | None,
    first_name: str,
    last_name: str,
    phone: str,
    as_json: bool,
) -> None:
    """Create a user with a confirmed email.

    With --phone, the number is confirmed too, two-factor sign-in is on, and recovery codes are
    printed (shown once).
    """
    chosen = password or _password()
    services = program.services_with_keys()
    number = numbers.read(phone, services.policy) if phone else None
    try:
        codes = manage_accounts.create(
            services,
            email=email,
            password=chosen,
            role=role,
            first_name=first_name,
            last_name=last_name,
            phone=number,
            own=(current_app.extensions["twofa"].settings.app_name,),
        )
    except tuple(REFUSALS) as fault:
        raise click.ClickException(REFUSALS[type(fault)]) from fault
    except Busy as fault:
        raise click.ClickException(
            f"Too many passwords are being checked. Try again in {fault.wait:.0f} seconds."
        ) from fault
    if isinstance(codes, Weakness):
        raise click.ClickException(_weakness(codes, services.policy))
    masked = phones.mask(number.e164) if number else None
    if as_json:
        output.document({
            "email": email, "role": role, "password": None if password else chosen,
            "phone": masked, "recovery_codes": codes,
        })  # fmt: skip
        return
    click.echo(f"Created user {email} ({role}).")
    if not password:
        click.echo(f"Password: {chosen}")
    if number:
        click.echo(f"Two-factor sign-in: on ({masked})")
        click.echo("Recovery codes (shown once):")
    for code in codes:
        click.echo(code)


def _weakness(found: Weakness, policy: Policy) -> str:
    return {
        Weakness.TOO_SHORT: f"Password too short (minimum {policy.password_min_length}).",
        Weakness.TOO_LONG: f"Password too long (maximum {policy.password_max_length}).",
        Weakness.OWN_NAME: "Password too similar to the email or the app's name. Use random words.",
        Weakness.GUESSABLE: "Password too easy to guess. Use a few random words.",
    }[found]


@users.command()
@email_argument
@output.json_option
def show(*, email: str, as_json: bool) -> None:
    """Show the user EMAIL, without secrets."""
    services = program.services_with_keys()
    user = _find(email)
    with reading():
        second_factors = factors.load(user.id, services.sealer, services.rp_id)
        own = passkeys.listed(user.id)
    phone, app = second_factors.phone, second_factors.app
    state, since = _state(user)
    found = {
        "email": user.email or None,
        "id": user.public_id,
        "role": user.role,
        "created_at": user.created_at,
        "two_factor_since": user.twofa_since,
        "phone": phones.mask(phone.number) if phone and phone.number else None,
        "phone_state": _factor(phone.off, readable=bool(phone.number)) if phone else "none",
        "app_confirmed_at": app.confirmed_at if app else None,
        "app_state": _factor(app.off) if app else "none",
        "passkeys": sum(one.verified for one in own),
        "security_keys": sum(not one.verified for one in own),
        "recovery_codes_left": second_factors.codes_left,
        "state": state,
        "state_since": since,
    }
    output.pairs(found, as_json=as_json)


def _state(user: User) -> tuple[str, datetime | None]:
    if user.disabled_at:
        return "disabled", user.disabled_at
    return ("blocked", user.blocked_at) if user.blocked_at else ("enabled", None)


def _factor(off: object, *, readable: bool = True) -> str:
    return "unreadable" if not readable else "off" if off else "on"


@users.command()
@email_argument
def disable(email: str) -> None:
    """Disable the user EMAIL and sign out all sessions."""
    manage_accounts.disable(program.services_with_keys(), _find(email).id)
    click.echo(f"Disabled {email} and signed out all sessions.")


@users.command()
@email_argument
def enable(email: str) -> None:
    """Enable the user EMAIL again."""
    manage_accounts.enable(program.services_with_keys(), _find(email).id)
    click.echo(f"Enabled {email}.")


@users.command("role")
@email_argument
@click.argument("role", callback=read_role)
def change_role(email: str, role: str) -> None:
    """Change the role of the user EMAIL to ROLE.

    ROLE is user, admin, or a role of your own, such as editor. A session that is open has it at its
    next request. A new admin is told by email.
    """
    earlier = manage_accounts.change_role(program.services_with_keys(), _find(email).id, role)
    if earlier is None:
        raise click.ClickException(UNKNOWN)
    if earlier == role:
        click.echo(f"{email} already has the role {role}.")
    else:
        click.echo(f"Changed the role of {email} from {earlier} to {role}.")


@users.command("reset-2fa")
@email_argument
@click.confirmation_option(prompt="Have you verified this person's identity?")
def reset_2fa(email: str) -> None:
    """Turn off two-factor sign-in for EMAIL, and remove number, app and passkeys.

    Use it for someone who lost phone and recovery codes. They are told by email.
    """
    manage_accounts.reset_twofa(program.services_with_keys(), _find(email).id)
    click.echo(f"Turned off two-factor sign-in for {email} and signed out all sessions.")


@users.command("require-2fa")
@click.option("--dry-run", is_flag=True, help="Count the affected users, and send no emails.")
@click.option("--for", "whose", default="", help="With --dry-run: all, or role:NAME.")
@output.json_option
def require_2fa(*, dry_run: bool, whose: str, as_json: bool) -> None:
    """Send the emails due under REQUIRE_2FA.

    Workers send them every hour. Use this command to send them now, or with --dry-run to count the
    affected users. After the deadline, a user without 2FA can only set it up.
    """
    services = program.services_with_keys()
    rule = services.policy.require_2fa
    if dry_run:
        _tell_counts(_rule(whose, rule, services.clock()), as_json=as_json)
        return
    if whose:
        raise click.UsageError("Use --for with --dry-run only. REQUIRE_2FA sets who is affected.")
    if rule is None:
        raise click.ClickException(
            "REQUIRE_2FA is off. Use --dry-run to see who would be affected."
        )
    output.pairs({"emails_queued": enforce_2fa.remind(services, most=MANY)}, as_json=as_json)


def _rule(whose: str, rule: Enforcement | None, now: datetime) -> Enforcement:
    if not whose:
        return rule or Enforcement("", now, timedelta(0))
    kind, _, role = whose.partition(":")
    if whose != "all" and not (kind == "role" and roles.is_role(role)):
        raise click.UsageError("Use --for all, or --for role:NAME, such as --for role:admin.")
    begins, grace = (rule.begins, rule.grace) if rule else (now, timedelta(0))
    return Enforcement(role, begins, grace)


def _tell_counts(rule: Enforcement, *, as_json: bool) -> None:
    counts = enforce_2fa.count(rule)
    found = {
        "applies_to": f"role:{rule.role}" if rule.role else "all",
        "from": rule.begins,
        "deadline": rule.ends,
        "affected": counts.all,
        "with_2fa": counts.all - counts.without,
        "without_2fa": counts.without,
        "without_grace_period": counts.at_once,
        "need_email_or_password": counts.unready,
    }
    output.pairs(found, as_json=as_json)


def _find(email: str) -> accounts.User:
    with reading():
        user = accounts.by_email(email)
    if user is None:
        raise click.ClickException(UNKNOWN)
    return user


def _password() -> str:
    syllables = SYLLABLES.split()
    return "-".join("".join(secrets.choice(syllables) for _ in range(3)) for _ in range(WORDS))
