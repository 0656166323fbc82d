"""The answer of a flask command: aligned columns for people, or one JSON document for scripts."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import click

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document instead of text."
)
Row = Mapping[str, object]
"""The values of one row by column, in order: text, a number, a moment in UTC, or None."""


def document(answer: Mapping[str, object]) -> None:
    """Print a flask command's answer as one JSON document; moments are in RFC 3339, in UTC."""
    click.echo(json.dumps(answer, default=_rfc_3339, ensure_ascii=False, indent=2))


def table(rows: Sequence[Row], *, none: str = "") -> None:
    """Print rows as columns below one header line; without rows, print ``none`` to stderr."""
    if not rows:
        click.echo(none, err=True)
        return
    header = [_name(key).upper() for key in rows[0]]
    cells = [[_cell(value) for value in row.values()] for row in rows]
    is_number = [isinstance(value, int | float) for value in rows[0].values()]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    for line in (header, *cells):
        padded = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        )
        click.echo("  ".join(padded).rstrip())


def pairs(values: Row, *, as_json: bool) -> None:
    """Print a flask command's named values: as two columns, or as one JSON document."""
    if as_json:
        document(values)
        return
    names = [_name(key) for key in values]
    for name, value in zip(names, values.values(), strict=True):
        click.echo(f"{name:{max(map(len, names))}}  {_cell(value)}")


def when(moment: datetime | None) -> str:
    """Format a moment for a command's output, to the minute, in UTC; "" for None."""
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else ""


def _name(key: str) -> str:
    return key.removesuffix("_at").replace("_", " ")


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, float):
        return f"{value:.2f}"
    return "-" if value in (None, "") else str(value)


def _rfc_3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
