"""challenges and sessions that belong to no account yet; addresses that an account waits for."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def reference(table, column, target):
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete="CASCADE"
    )


# SQLite changes a column by making its table anew: these say what it is before the change.


def sessions(*, is_new):
    return sa.Table(
        "sessions",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", binary(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=is_new),
        sa.Column("methods", word(60), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("second_step_at", MOMENT, nullable=True),
        sa.Column("proved_at", MOMENT, nullable=True),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("next_path", word(500), nullable=True),
        sa.Column("address", word(45), nullable=False),
        sa.Column("browser", word(200), nullable=False),
        reference("sessions", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_digest", name="uq_sessions_token_digest"),
        sa.Index("ix_sessions_user_id", "user_id"),
        sqlite_autoincrement=True,
    )


def challenges(*, is_new):
    added = (
        [sa.Column("number_index", binary(32), nullable=True)] if is_new else []
    )
    return sa.Table(
        "challenges",
        sa.MetaData(),
        sa.Column("id", word(32), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=is_new),
        sa.Column("user_id", sa.Integer(), nullable=is_new),
        sa.Column("purpose", word(20), nullable=False),
        sa.Column("phone_sealed", binary(255), nullable=False),
        sa.Column("region", word(3), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("last_sent_at", MOMENT, nullable=True),
        sa.Column("consumed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("pin_sealed", binary(255), nullable=True),
        sa.Column("pin_expires_at", MOMENT, nullable=True),
        *added,
        reference("challenges", "session_id", "sessions"),
        reference("challenges", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name="pk_challenges"),
        sa.Index("ix_challenges_created_at", "created_at"),
        sa.Index("ix_challenges_session_id", "session_id", "purpose"),
        *([sa.Index("ix_challenges_number_index", "number_index")] if is_new else []),
    )


def registrations(*, is_new):
    added = (
        [sa.Column("user_id", sa.Integer()), reference("registrations", "user_id", "users")]
        if is_new
        else []
    )
    return sa.Table(
        "registrations",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", word(254), nullable=False),
        sa.Column("email_key", word(254), nullable=False),
        sa.Column("password_hash", word(100), nullable=is_new),
        sa.Column("link_digest", binary(32), nullable=False),
        sa.Column("browser_digest", binary(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        *added,
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
        sa.UniqueConstraint("link_digest", name="uq_registrations_link_digest"),
        sa.Index("ix_registrations_email_key", "email_key"),
        *([sa.Index("ix_registrations_user_id", "user_id")] if is_new else []),
        sqlite_autoincrement=True,
    )


def ids_given():
    """Give how far SQLite counted each table's ids; a table made anew would forget it."""
    if op.get_bind().dialect.name != "sqlite" or context.is_offline_mode():
        return []
    asked = "SELECT name, seq FROM sqlite_sequence WHERE name IN ('sessions', 'registrations')"
    return list(op.get_bind().exec_driver_sql(asked))


def go_on_counting(given):
    for name, last in given:
        op.get_bind().exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        op.get_bind().exec_driver_sql(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last)
        )


def upgrade():
    given = ids_given()
    with op.batch_alter_table("sessions", copy_from=sessions(is_new=False)) as batch:
        batch.alter_column("user_id", existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table("challenges", copy_from=challenges(is_new=False)) as batch:
        batch.alter_column("session_id", existing_type=sa.Integer(), nullable=True)
        batch.alter_column("user_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("number_index", binary(32), nullable=True))
        batch.create_index("ix_challenges_number_index", ["number_index"])
    with op.batch_alter_table("registrations", copy_from=registrations(is_new=False)) as batch:
        batch.alter_column("password_hash", existing_type=word(100), nullable=True)
        batch.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            "fk_registrations_user_id_users", "users", ["user_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index("ix_registrations_user_id", ["user_id"])
    go_on_counting(given)


def downgrade():
    given = ids_given()
    # What has no account has no place in the older tables. SQLite cascades nothing meanwhile.
    gone = "SELECT id FROM challenges WHERE user_id IS NULL OR session_id IS NULL"
    op.execute(f"UPDATE messages SET challenge_id = NULL WHERE challenge_id IN ({gone})")
    op.execute(f"DELETE FROM codes WHERE challenge_id IN ({gone})")
    op.execute("DELETE FROM challenges WHERE user_id IS NULL OR session_id IS NULL")
    op.execute("DELETE FROM sessions WHERE user_id IS NULL")
    op.execute("DELETE FROM registrations WHERE password_hash IS NULL OR user_id IS NOT NULL")
    with op.batch_alter_table("registrations", copy_from=registrations(is_new=True)) as batch:
        # MariaDB's index serves the foreign key, which goes first.
        batch.drop_constraint("fk_registrations_user_id_users", type_="foreignkey")
        batch.drop_index("ix_registrations_user_id")
        batch.drop_column("user_id")
        batch.alter_column("password_hash", existing_type=word(100), nullable=False)
    with op.batch_alter_table("challenges", copy_from=challenges(is_new=True)) as batch:
        batch.drop_index("ix_challenges_number_index")
        batch.drop_column("number_index")
        batch.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("session_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("sessions", copy_from=sessions(is_new=True)) as batch:
        batch.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
    go_on_counting(given)
