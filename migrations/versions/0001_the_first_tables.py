"""the first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def upgrade():
    op.create_table(
        "counters",
        sa.Column("key", binary(32), nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "part", name="pk_counters"),
    )
    op.create_index("ix_counters_until", "counters", ["until"])

    op.create_table(
        "data_keys",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wrapped", binary(255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_keys"),
    )
    op.create_table(
        "registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", word(254), nullable=False),
        sa.Column("email_key", word(254), nullable=False),
        sa.Column("password_hash", word(100), nullable=False),
        sa.Column("link_digest", binary(32), nullable=False),
        sa.Column("browser_digest", binary(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
        sa.UniqueConstraint("link_digest", name="uq_registrations_link_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_registrations_email_key", "registrations", ["email_key"])

    op.create_table(
        "tries",
        sa.Column("key", binary(32), nullable=False),
        sa.Column("began", MOMENT, nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("in_a_row", sa.Integer(), nullable=False),
        sa.Column("rests", sa.Integer(), nullable=False),
        sa.Column("rests_until", MOMENT, nullable=True),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_tries"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", word(32), nullable=False),
        sa.Column("email", word(254), nullable=False),
        sa.Column("email_key", word(254), nullable=False),
        sa.Column("email_confirmed_at", MOMENT, nullable=True),
        sa.Column("password_hash", word(100), nullable=True),
        sa.Column("first_name", word(80), nullable=False),
        sa.Column("last_name", word(80), nullable=False),
        sa.Column("role", word(20), nullable=False),
        sa.Column("twofa_since", MOMENT, nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_key", name="uq_users_email_key"),
        sa.UniqueConstraint("public_id", name="uq_users_public_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_digest", binary(32), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_devices_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
        sa.UniqueConstraint("user_id", "token_digest", name="uq_devices_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("tag", word(60), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("address", word(45), nullable=False),
        sa.Column("browser", word(200), nullable=False),
        sa.Column("detail", word(100), nullable=False),
        sa.Column("request_id", word(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_events_user_id_users", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_index("ix_events_user_id", "events", ["user_id", "at"])

    op.create_table(
        "factors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", word(20), nullable=False),
        sa.Column("phone_sealed", binary(255), nullable=True),
        sa.Column("phone_index", binary(32), nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("off_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_factors_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_factors"),
        sa.UniqueConstraint("phone_index", name="uq_factors_phone_index"),
        sa.UniqueConstraint("user_id", "kind", name="uq_factors_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("hash", word(100), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_recovery_codes_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        sa.UniqueConstraint("user_id", "slot", name="uq_recovery_codes_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", binary(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_sessions_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_digest", name="uq_sessions_token_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])

    op.create_table(
        "challenges",
        sa.Column("id", word(32), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("purpose", word(20), nullable=False),
        sa.Column("phone_sealed", binary(255), nullable=False),
        sa.Column("region", word(3), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("last_sent_at", MOMENT, nullable=True),
        sa.Column("consumed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_challenges_session_id_sessions",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_challenges_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_challenges"),
    )
    op.create_index("ix_challenges_created_at", "challenges", ["created_at"])
    op.create_index("ix_challenges_session_id", "challenges", ["session_id", "purpose"])

    op.create_table(
        "codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("challenge_id", word(32), nullable=False),
        sa.Column("digest", binary(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenges.id"],
            name="fk_codes_challenge_id_challenges",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_codes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_codes_challenge_id", "codes", ["challenge_id"])

    op.create_table(
        "messages",
        sa.Column("id", word(32), nullable=False),
        sa.Column("channel", word(10), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("challenge_id", word(32), nullable=True),
        sa.Column("region", word(3), nullable=False),
        sa.Column("state", word(10), nullable=False),
        sa.Column("reason", word(20), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("gateway", word(20), nullable=False),
        sa.Column("reference", word(100), nullable=False),
        sa.Column("sealed", binary(8000), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenges.id"],
            name="fk_messages_challenge_id_challenges",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_messages_user_id_users", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_challenge_id", "messages", ["challenge_id"])
    op.create_index("ix_messages_created_at", "messages", ["created_at"])
    op.create_index("ix_messages_state", "messages", ["state", "next_attempt_at"])


def downgrade():
    op.drop_table("messages")
    op.drop_table("codes")
    op.drop_table("challenges")
    op.drop_table("sessions")
    op.drop_table("recovery_codes")
    op.drop_table("factors")
    op.drop_table("events")
    op.drop_table("devices")
    op.drop_table("users")
    op.drop_table("tries")
    op.drop_table("registrations")
    op.drop_table("data_keys")
    op.drop_table("counters")
