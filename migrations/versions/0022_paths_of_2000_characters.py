"""where a person was going: paths of up to 2,000 characters."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NAMES = ("next_path", "replaced_next")
SHORT, LONG = 500, 2000


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def change(old, new):
    """Change both columns; SQLite makes the table anew, and must not count its ids anew."""
    is_sqlite = context.get_context().dialect.name == "sqlite"
    if is_sqlite and context.is_offline_mode():
        return  # it keeps texts of any length, and can't be asked what the table is now
    counted = "SELECT seq FROM sqlite_sequence WHERE name = 'sessions'"
    last = op.get_bind().exec_driver_sql(counted).scalar() if is_sqlite else None
    with op.batch_alter_table("sessions", table_kwargs={"sqlite_autoincrement": True}) as batch:
        for name in NAMES:
            batch.alter_column(name, existing_type=word(old), type_=word(new), existing_nullable=True)
    if last is not None:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'sessions'")
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('sessions', {last:d})")


def upgrade():
    change(SHORT, LONG)


def downgrade():
    for name in NAMES:
        # Half a path leads nowhere; without one, a sign-in ends at the dashboard. All are ASCII.
        op.execute(f"UPDATE sessions SET {name} = NULL WHERE LENGTH({name}) > {SHORT}")
    change(LONG, SHORT)
