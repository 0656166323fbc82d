"""requests, one-use codes and sessions of protected hosts behind the front door."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
DIGEST = sa.LargeBinary(32).with_variant(mysql.VARBINARY(32), "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    op.create_table(
        "door_requests",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("host", word(255), nullable=False),
        sa.Column("policy", word(20), nullable=False),
        sa.Column("challenge", DIGEST, nullable=True),
        sa.Column("next_path", word(2000), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_door_requests"),
    )
    op.create_table(
        "door_codes",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("host", word(255), nullable=False),
        sa.Column("challenge", DIGEST, nullable=False),
        sa.Column("next_path", word(2000), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_door_codes_session_id_sessions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_door_codes"),
    )
    op.create_index("ix_door_codes_session_id", "door_codes", ["session_id"])
    op.create_table(
        "host_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", DIGEST, nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("host", word(255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_host_sessions_session_id_sessions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_host_sessions"),
        sa.UniqueConstraint("token_digest", name="uq_host_sessions_token_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_host_sessions_session_id", "host_sessions", ["session_id", "host"])


def downgrade():
    op.drop_table("host_sessions")
    op.drop_table("door_codes")
    op.drop_table("door_requests")
