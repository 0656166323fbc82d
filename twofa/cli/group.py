"""Command classes: quiet unless ``--verbose``, each command loaded when it is called."""

import pkgutil
from typing import Any

import click
from flask.cli import AppGroup, ScriptInfo

from twofa.adapters import logs
from twofa.domain.errors import StorageGone

COMMANDS = {
    "api-keys": "twofa.cli.api_keys:api_keys",
    "doctor": "twofa.cli.doctor.command:doctor",
    "keys": "twofa.cli.secret_keys:keys",
    "oidc": "twofa.cli.oidc:oidc",
    "purge": "twofa.cli.purge:purge",
    "sms": "twofa.cli.sms:sms",
    "users": "twofa.cli.user_list:users",
}
MIGRATIONS = "twofa_migrate"
"""The extension under which ``flask db`` finds the program's own migrations."""
TAKEN = (
    "Your application replaces flask db, which upgrades the sign-in's tables. Give your Migrate() "
    "a command of its own: Migrate(app, db, directory=..., command='app-db', version_table=...)"
)
VALUED = ("-A", "--app", "-e", "--env-file")
"""Flask's options that take a value."""
VERBOSE = "twofa.verbose"
EXIT_STATUS = "Exit status: 0 done, 1 refused or failed, 2 wrong usage."
NO_DATABASE = "The database is unavailable or has no tables yet. Run: flask doctor"


def is_ours(words: list[str]) -> bool:
    """Return whether the words after ``flask`` call a command of ours, which needs no pages."""
    rest = iter(words)
    for one in rest:
        if one in VALUED:
            next(rest, "")
        elif not one.startswith("-"):
            return one in COMMANDS
    return False


class _Quiet(click.Command):
    """A command that prints its answer alone; with ``--verbose`` it logs as well."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"epilog": EXIT_STATUS, **options})
        verbose = click.Option(
            ["-v", "--verbose"], is_flag=True, expose_value=False, callback=_note,
            help="Write the log to standard error.",
        )  # fmt: skip
        self.params.append(verbose)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the flask command, with the log off or on. Raise ClickException without database."""
        try:
            with logs.shown(is_on=ctx.meta.get(VERBOSE, False)):
                return super().invoke(ctx)
        except StorageGone as gone:
            raise click.ClickException(NO_DATABASE) from gone


def _note(ctx: click.Context, _option: click.Parameter, is_given: bool) -> None:
    if is_given:
        ctx.meta[VERBOSE] = True


class Command(_Quiet):
    """A command without a group."""


class Group(_Quiet, AppGroup):
    """Commands about one subject; ``rest`` is the module that adds those that load much."""

    command_class = Command

    def __init__(self, *arguments: Any, rest: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.rest = rest

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the group's flask commands, in order."""
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a flask command; the rest is loaded only where no other has the name."""
        if cmd_name not in self.commands:
            self._load()
        return super().get_command(ctx, cmd_name)

    def _load(self) -> None:
        if self.rest:
            pkgutil.resolve_name(self.rest)


class Commands(AppGroup):
    """All commands of the application, each loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all flask commands, in order."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a flask command, loaded now if it is one of ours."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.add_command(pkgutil.resolve_name(COMMANDS[cmd_name]), cmd_name)
        found = super().get_command(ctx, cmd_name)
        return _OwnMigrations(found) if cmd_name == "db" and found is not None else found


class _OwnMigrations(click.Group):
    """``flask db``: of the program's own migrations, also where a host application has others."""

    def __init__(self, found: click.Command) -> None:
        assert isinstance(found, click.Group)  # noqa: S101 - Flask-Migrate's
        super().__init__(
            name="db", commands=found.commands, params=found.params, callback=found.callback,
            help=found.help,
        )  # fmt: skip

    def invoke(self, ctx: click.Context) -> Any:
        """Run the flask command on the program's migrations. Raise ClickException without them."""
        extensions = ctx.ensure_object(ScriptInfo).load_app().extensions
        theirs = extensions.get("migrate")
        ours = extensions.get(MIGRATIONS, theirs)
        if theirs is not None and theirs is not ours and theirs.migrate.command == "db":
            raise click.ClickException(TAKEN)
        extensions["migrate"] = ours
        try:
            return super().invoke(ctx)
        finally:
            extensions["migrate"] = theirs
