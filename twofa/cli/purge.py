"""flask purge: deletes what is older than its retention."""

import click
from flask.cli import with_appcontext

from twofa.cli import output, program
from twofa.cli.group import Command
from twofa.flows.admin import apply_retention
from twofa.storage.admin import retention


@click.command(cls=Command)
@output.json_option
@with_appcontext
def purge(*, as_json: bool) -> None:
    """Delete rows that are older than their retention, and count them. Run it once a day.

    Each worker deletes some of them when it starts.
    """
    done = apply_retention.purge(program.services())
    if as_json:
        output.document(
            {"deleted": {kind.replace(" ", "_"): done[kind] for kind in retention.KINDS}}
        )
    else:
        output.table([{"kind": kind, "deleted": done[kind]} for kind in retention.KINDS])
