"""flask users list. The other commands on users are in ``users``."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import click

from twofa.cli import output
from twofa.cli.group import Group
from twofa.domain.accounts.roles import is_role
from twofa.storage.accounts import users as accounts
from twofa.storage.engine.db import reading

users = Group(
    "users",
    rest="twofa.cli.users:users",
    help="Manage users: create, show, list, disable, enable, role, reset-2fa, require-2fa.",
)
PAGE, BATCH = 50, 5000


def read_role(
    _context: click.Context, _parameter: click.Parameter, typed: str | None
) -> str | None:
    """Return the role that a command was given, or None. Raise BadParameter where it is none."""
    if typed is not None and not is_role(typed):
        raise click.BadParameter(
            "Use 1-20 lowercase letters, digits or hyphens, starting with a letter."
        )
    return typed


@users.command("list")
@click.argument("address", default="")
@click.option("--without-2fa", "without", is_flag=True, help="Enabled users without 2FA only.")
@click.option("--role", metavar="ROLE", callback=read_role, help="Users with this role only.")
@click.option("--page", type=click.IntRange(1, 1_000_000), help="One page of 50 (default: all).")
@output.json_option
def list_accounts(
    *, address: str, without: bool, role: str | None, page: int | None, as_json: bool
) -> None:
    """List users, oldest first.

    With ADDRESS, list those whose email contains it. A user without an email is shown by their ID.
    """
    found = (
        _read(address, role, size=PAGE, page=page, without=without)
        if page
        else list(_all(address, role, without=without))
    )
    rows = [
        {
            "email": row.email or None,
            "id": row.public_id,
            "role": row.role,
            "created_at": row.created_at,
            "two_factor": bool(row.twofa_since),
            "state": "disabled" if row.disabled_at else "blocked" if row.blocked_at else "enabled",
        }
        for row in (found[:PAGE] if page else found)
    ]
    if as_json:
        output.document({"users": rows})
    else:
        output.table([_columns(row) for row in rows], none="No users found.")
    if page and len(found) > PAGE:
        click.echo(f"More users: --page {page + 1}", err=True)


def _columns(row: dict[str, Any]) -> output.Row:
    return {
        "email": row["email"] or row["id"],
        "role": row["role"],
        "created_at": row["created_at"],
        "2fa": "on" if row["two_factor"] else "off",
        "state": row["state"],
    }


def _all(address: str, role: str | None, *, without: bool) -> Iterator[Any]:
    """Yield all users, read in batches."""
    for page in count(1):
        rows = _read(address, role, size=BATCH, page=page, without=without)
        yield from rows[:BATCH]
        if len(rows) <= BATCH:
            return


def _read(address: str, role: str | None, *, size: int, page: int, without: bool) -> Sequence[Any]:
    """Return a page's users, and one more where another page follows."""
    with reading():
        return accounts.listed(
            address=address, role=role, without_2fa=without,
            start=(page - 1) * size, most=size + 1,
        )  # fmt: skip
