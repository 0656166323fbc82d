"""passkeys, their open ceremonies, and the offer of one after a sign-in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    op.create_table(
        "passkey_holders",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("handle", binary(64), nullable=True),
        sa.Column("offered_at", MOMENT, nullable=True),
        sa.Column("refused_at", MOMENT, nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_passkey_holders_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_passkey_holders"),
        sa.UniqueConstraint("handle", name="uq_passkey_holders_handle"),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", word(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", binary(32), nullable=False),
        sa.Column("credential_id", binary(1023), nullable=False),
        sa.Column("public_key", binary(1100), nullable=False),
        sa.Column("rp_id", word(255), nullable=False),
        sa.Column("sign_count", LONG, nullable=False),
        sa.Column("aaguid", word(36), nullable=False),
        sa.Column("transports", word(60), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("discoverable", sa.Boolean(), nullable=False),
        sa.Column("nickname", word(60), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("address", word(45), nullable=False),
        sa.Column("browser", word(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_passkeys_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("public_id", name="uq_passkeys_public_id"),
        sa.UniqueConstraint("digest", name="uq_passkeys_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])
    op.create_table(
        "ceremonies",
        sa.Column("digest", binary(32), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("purpose", word(20), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("challenge", binary(32), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_ceremonies_session_id_sessions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_ceremonies"),
    )
    op.create_index("ix_ceremonies_session_id", "ceremonies", ["session_id"])
    op.create_index("ix_ceremonies_expires_at", "ceremonies", ["expires_at"])
    op.create_table(
        "used_ceremonies",
        sa.Column("digest", binary(32), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_used_ceremonies"),
    )
    op.create_index("ix_used_ceremonies_expires_at", "used_ceremonies", ["expires_at"])


def downgrade():
    op.drop_table("used_ceremonies")
    op.drop_table("ceremonies")
    op.drop_table("passkeys")
    op.drop_table("passkey_holders")
