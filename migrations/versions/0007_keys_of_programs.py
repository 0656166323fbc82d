"""keys of other programs, the numbers they verify, and requests that must not count twice."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007"
down_revision = "0006"
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


def upgrade():
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", word(80), nullable=False),
        sa.Column("digest", binary(32), nullable=False),
        sa.Column("daily", sa.Integer(), nullable=False),
        sa.Column("countries", word(1000), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("name", name="uq_api_keys_name"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "repeats",
        sa.Column("lookup", binary(32), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("asked", binary(32), nullable=False),
        sa.Column("expires_in", sa.Integer(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        reference("repeats", "key_id", "api_keys"),
        sa.PrimaryKeyConstraint("lookup", name="pk_repeats"),
    )
    op.create_index("ix_repeats_done_at", "repeats", ["done_at"])
    op.create_index("ix_repeats_key_id", "repeats", ["key_id"])
    op.create_table(
        "verifications",
        sa.Column("lookup", binary(32), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("challenge_id", word(32), nullable=True),
        sa.Column("began_at", MOMENT, nullable=False),
        reference("verifications", "key_id", "api_keys"),
        reference("verifications", "challenge_id", "challenges"),
        sa.PrimaryKeyConstraint("lookup", name="pk_verifications"),
    )
    op.create_index("ix_verifications_challenge_id", "verifications", ["challenge_id"])
    op.create_index("ix_verifications_key_id", "verifications", ["key_id"])


def downgrade():
    op.drop_table("verifications")
    op.drop_table("repeats")
    op.drop_table("api_keys")
