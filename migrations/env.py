"""How migrations run: on the application's own engine, its logging left alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import context
from flask import current_app

from twofa.storage.engine.db import Moment

MYSQL = '"mysql", "mariadb"'

db = current_app.extensions["migrate"].db


def render_item(kind, item, autogen):  # noqa: ANN001, ANN201 - alembic's signature
    """Write our column types as what they are in the database, for code changes and files stay."""
    if kind != "type":
        return False
    if isinstance(item, Moment):
        autogen.imports.add("from sqlalchemy.dialects import mysql")
        return f"sa.DateTime().with_variant(mysql.DATETIME(fsp=6), {MYSQL})"
    length = getattr(item, "length", None)
    if isinstance(item, sa.LargeBinary):
        return f"sa.LargeBinary({length}).with_variant(mysql.VARBINARY({length}), {MYSQL})"
    if isinstance(item, sa.String):
        exact = f'mysql.VARCHAR({length}, charset="utf8mb4", collation="utf8mb4_bin")'
        return f"sa.String({length}).with_variant({exact}, {MYSQL})"
    return False


def run() -> None:
    """Run the migrations on the application's database."""
    with db.engine.connect() as connection, relations_left_alone(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
            transactional_ddl=True if connection.dialect.name == "sqlite" else None,
        )
        with context.begin_transaction():
            context.run_migrations()
            check_relations(connection)
        connection.commit()


@contextmanager
def relations_left_alone(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite rebuild a table without deleting the rows that refer to it.

    Foreign keys can be switched only where no transaction is open, so on the driver's own
    connection; the migrations then run in one transaction, whole or not at all.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    connection.execution_options(writes=True)
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


def check_relations(connection: sa.Connection) -> None:
    """Refuse to commit rows on SQLite that refer to nothing."""
    if connection.dialect.name != "sqlite":
        return
    lost = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if lost:
        raise RuntimeError(f"rows of {', '.join(sorted(lost))} refer to rows that aren't there")


def show() -> None:
    """Print the SQL instead (flask db upgrade --sql)."""
    context.configure(
        url=str(db.engine.url),
        target_metadata=db.metadata,
        literal_binds=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    show()
else:
    run()
