"""flask users: accounts, for operators."""

import secrets
from datetime import datetime, timedelta

import click
from flask import current_app

from twofa.cli import numbers, program
from twofa.cli.program import when
from twofa.cli.user_list import users
from twofa.domain.accounts import person_names
from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.domain.errors import Busy, Duplicate, StorageGone
from twofa.domain.sessions.assurance import Role
from twofa.domain.sign_in.passwords import Weakness
from twofa.domain.sms import phones
from twofa.flows.admin import load_data_keys, manage_accounts
from twofa.flows.context import Services
from twofa.flows.two_factor import enforce_2fa
from twofa.storage.accounts import users as accounts
from twofa.storage.accounts.users import User
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.storage.engine.db import reading
from twofa.storage.two_factor import factors

WORDS = 4
SYLLABLES = "ba be bi bo bu da de di do du fa fe fi fo fu ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu pa pe pi po pu ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo vu za ze zi zo zu"  # noqa: E501 - a word list reads best on one line
MANY = 1_000_000
email_argument = click.argument("email")


def _name(_context: click.Context, _option: click.Parameter, typed: str) -> str:
    """Return the visible characters of a name. Raise BadParameter where it is none."""
    name = person_names.clean(typed)
    if len(name) > person_names.LENGTH or (typed and not name):
        raise click.BadParameter("A name has 1 to 80 characters that can be seen.")
    return name


@users.command()
@email_argument
@click.option("--role", type=click.Choice([r.value for r in Role]), default=Role.USER.value)
@click.option("--password", default=None, help="Made and printed where none is given.")
@click.option("--first-name", default="", callback=_name)
@click.option("--last-name", default="", callback=_name)
@click.option("--phone", default="", help="With country code; two-factor sign-in is on with it.")
def create(
    *, email: str, role: str, password: str | None, first_name: str, last_name: str, phone: str
) -> None:
    """Create an account for EMAIL, an address that counts as confirmed.

    With --phone the number counts as confirmed too, two-factor sign-in is on, and the recovery
    codes are printed, this once.
    """
    chosen = password or _password()
    services = _services()
    number = numbers.read(phone, services.policy) if phone else None
    try:
        outcome = manage_accounts.create(
            services,
            email=email,
            password=chosen,
            role=Role(role),
            first_name=first_name,
            last_name=last_name,
            phone=number,
            own=(current_app.extensions["twofa"].settings.app_name,),
        )
    except manage_accounts.NotAnAddress as fault:
        raise click.ClickException("That is no e-mail address.") from fault
    except manage_accounts.NotReachable as fault:
        raise click.ClickException(
            "The mail server doesn't speak SMTPUTF8, so it can't send to letters beyond a to z "
            "before the @."
        ) from fault
    except Duplicate as fault:
        raise click.ClickException("An account with that address exists.") from fault
    except manage_accounts.NumberInUse as fault:
        raise click.ClickException("Another account has confirmed that number.") from fault
    except Busy as fault:
        raise click.ClickException(
            f"Too many passwords are being checked. Try again in {fault.wait:.0f} seconds."
        ) from fault
    if isinstance(outcome, Weakness):
        raise click.ClickException(f"That password is refused: {outcome.value}.")
    click.echo(f"Account {email} ({role}) made.")
    if not password:
        click.echo(f"Password: {chosen}")
    if number:
        click.echo(f"Two-factor sign-in is on, codes go to {phones.mask(number.e164)}.")
        click.echo("Recovery codes, shown this once:")
    for code in outcome:
        click.echo(code)


@users.command()
@email_argument
def show(email: str) -> None:
    """Print the account of EMAIL: its state, never a secret."""
    services = _services()
    user = _find(email)
    with reading():
        second_factors = factors.load(user.id, services.sealer)
    phone, app = second_factors.phone, second_factors.app
    number = "none"
    if phone:
        shown = phones.mask(phone.number) if phone.number else "can't be decrypted"
        number = shown + (" (switched off)" if phone.off else "")
    for name, value in (
        ("address", user.email),
        ("id", user.public_id),
        ("role", user.role),
        ("made", when(user.created_at)),
        (
            "two-factor sign-in",
            f"on since {when(user.twofa_since)}" if user.twofa_since else "off",
        ),
        ("number", number),
        (
            "authenticator app",
            f"since {when(app.confirmed_at)}" + (" (switched off)" if app.off else "")
            if app
            else "none",
        ),
        ("recovery codes left", str(second_factors.codes_left)),
        ("state", _state(user)),
    ):
        click.echo(f"{name:20} {value}")


def _state(user: User) -> str:
    if user.disabled_at:
        return f"disabled since {when(user.disabled_at)}"
    if user.blocked_at:
        return f"shut since {when(user.blocked_at)}, until a new password is set by a mailed link"
    return "enabled"


@users.command()
@email_argument
def disable(email: str) -> None:
    """Disable the account of EMAIL and sign it out everywhere."""
    manage_accounts.disable(_services(), _find(email).id)
    click.echo(f"Account {email} is disabled, its sessions are ended.")


@users.command()
@email_argument
def enable(email: str) -> None:
    """Enable the account of EMAIL again."""
    manage_accounts.enable(_services(), _find(email).id)
    click.echo(f"Account {email} is enabled.")


@users.command("reset-2fa")
@email_argument
@click.confirmation_option(prompt="Have you made sure who asks for this?")
def reset_2fa(email: str) -> None:
    """Turn two-factor sign-in off for EMAIL, an owner without phone and codes, who is notified."""
    manage_accounts.reset_twofa(_services(), _find(email).id)
    click.echo(f"Two-factor sign-in of {email} is off, its sessions are ended.")


@users.command("require-2fa")
@click.option("--dry-run", is_flag=True, help="Count whom it hits; write no mail.")
@click.option("--for", "whose", default="", help="With --dry-run: all, or role:NAME.")
def require_2fa(*, dry_run: bool, whose: str) -> None:
    """Send the emails that REQUIRE_2FA has due now, or with --dry-run count the accounts.

    Workers send these emails too, every hour: this is for those who can't wait.
    """
    services = _services()
    rule = services.policy.require_2fa
    if dry_run:
        _tell_counts(_rule(whose, rule, services.clock()))
        return
    if whose:
        raise click.UsageError("--for goes with --dry-run; REQUIRE_2FA says whom it is for.")
    if rule is None:
        raise click.ClickException("REQUIRE_2FA is off. --dry-run counts whom it would hit.")
    click.echo(f"{enforce_2fa.remind(services, most=MANY)} mails are on their way.")


def _rule(whose: str, rule: Enforcement | None, now: datetime) -> Enforcement:
    if not whose:
        return rule or Enforcement("", now, timedelta(0))
    role = "" if whose == "all" else whose.removeprefix("role:")
    if role and role not in {r.value for r in Role}:
        raise click.UsageError("--for takes all, role:user or role:admin.")
    begins, grace = (rule.begins, rule.grace) if rule else (now, timedelta(0))
    return Enforcement(role, begins, grace)


def _tell_counts(rule: Enforcement) -> None:
    counts = enforce_2fa.count(rule)
    click.echo(
        f"For {rule.role or 'all'}, from {when(rule.begins)}, grace until {when(rule.ends)}:"
    )
    for number, words in (
        (counts.all, "accounts it is for"),
        (counts.all - counts.without, "have two-factor sign-in"),
        (counts.without, "have none, and can only turn it on once their time is over"),
        (counts.at_once, "of these were made since it begins, and have no grace"),
        (counts.unready, "of these need a confirmed address or a password first"),
    ):
        click.echo(f"{number:8} {words}")


def _services() -> Services:
    services = program.services()
    try:
        load_data_keys.refresh(services.sealer, services.clock())
    except (StorageGone, SealingKeyLost) as trouble:
        raise click.ClickException(
            "The database doesn't answer, has no tables yet, or was made under another "
            "SECRET_KEY: run flask doctor."
        ) from trouble
    return services


def _find(email: str) -> accounts.User:
    with reading():
        user = accounts.by_email(email)
    if user is None:
        raise click.ClickException("There is no account with that address.")
    return user


def _password() -> str:
    syllables = SYLLABLES.split()
    return "-".join("".join(secrets.choice(syllables) for _ in range(3)) for _ in range(WORDS))
