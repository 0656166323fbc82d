"""flask users list: accounts in pages. The other commands on accounts are in ``users``."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import click

from twofa.cli import program
from twofa.cli.group import Group
from twofa.domain.errors import StorageGone
from twofa.domain.sessions.assurance import Role
from twofa.storage.accounts import users as accounts
from twofa.storage.engine.db import reading

users = Group(
    "users",
    rest="twofa.cli.users:users",
    help="Accounts: create, show, list, disable, enable, reset-2fa, require-2fa.",
)
PAGE, BATCH = 50, 5000


@users.command("list")
@click.argument("address", default="")
@click.option("--without-2fa", "without", is_flag=True, help="Without two-factor sign-in, enabled.")
@click.option("--role", type=click.Choice([r.value for r in Role]), default=None)
@click.option("--page", type=click.IntRange(1, 1_000_000), default=None, help="The first, or all.")
def list_accounts(*, address: str, without: bool, role: str | None, page: int | None) -> None:
    """List accounts, oldest first: address (or id), role, day created, two-factor sign-in, state.

    With an ADDRESS, or part of one, those whose address has it. A page has 50; where more follow,
    standard error says so. --without-2fa lists all of them unless a page is named.
    """
    is_whole = without and page is None
    size = BATCH if is_whole else PAGE
    for number in count(page or 1):
        rows = _read(address, role, size=size, page=number, without=without)
        for row in rows[:size]:
            twofa = "2fa" if row.twofa_since else "no-2fa"
            state = "disabled" if row.disabled_at else "shut" if row.blocked_at else "enabled"
            made = f"{row.created_at:%Y-%m-%d}"
            click.echo("\t".join((row.email or row.public_id, row.role, made, twofa, state)))
        if len(rows) <= size:
            return
        if not is_whole:
            click.echo(f"There are more: --page {number + 1}", err=True)
            return


def _read(address: str, role: str | None, *, size: int, page: int, without: bool) -> Sequence[Any]:
    """Return a page's accounts, and one more where another page follows."""
    try:
        with reading():
            return accounts.listed(
                address=address, role=role, without_2fa=without,
                start=(page - 1) * size, most=size + 1,
            )  # fmt: skip
    except StorageGone as gone:
        raise program.no_database() from gone
