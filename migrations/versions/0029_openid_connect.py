"""clients, requests, codes, access tokens and grants of OpenID Connect."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
DIGEST = sa.LargeBinary(32).with_variant(mysql.VARBINARY(32), "mysql", "mariadb")
LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def client_of(table):
    return (
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["oidc_clients.id"],
            name=f"fk_{table}_client_id_oidc_clients",
            ondelete="CASCADE",
        ),
    )


def session_of(table):
    return (
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=f"fk_{table}_session_id_sessions",
            ondelete="CASCADE",
        ),
    )


def upgrade():
    op.create_table(
        "oidc_clients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", word(64), nullable=False),
        sa.Column("name", word(80), nullable=False),
        sa.Column("secret_digest", DIGEST, nullable=True),
        sa.Column("older_digest", DIGEST, nullable=True),
        sa.Column("auth", word(10), nullable=False),
        sa.Column("pkce_required", sa.Boolean(), nullable=False),
        sa.Column("redirects", sa.Text(), nullable=False),
        sa.Column("logout_redirects", sa.Text(), nullable=False),
        sa.Column("backchannel_uri", word(2000), nullable=False),
        sa.Column("scopes", word(200), nullable=False),
        sa.Column("roles", word(500), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("phishing_resistant", sa.Boolean(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("algorithm", word(8), nullable=False),
        sa.Column("claims_in_id_token", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("off_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_oidc_clients"),
        sa.UniqueConstraint("client_id", name="uq_oidc_clients_client_id"),
        sa.UniqueConstraint("name", name="uq_oidc_clients_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "oidc_requests",
        sa.Column("digest", DIGEST, nullable=False),
        *client_of("oidc_requests"),
        sa.Column("redirect_uri", word(2000), nullable=False),
        sa.Column("scope", word(200), nullable=False),
        sa.Column("state", word(2000), nullable=True),
        sa.Column("nonce", word(500), nullable=False),
        sa.Column("challenge", word(43), nullable=False),
        sa.Column("prompt", word(60), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("acr_values", word(200), nullable=False),
        sa.Column("login_hint", word(254), nullable=False),
        sa.Column("subject", word(32), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_oidc_requests"),
    )
    op.create_index("ix_oidc_requests_client_id", "oidc_requests", ["client_id"])
    op.create_table(
        "oidc_codes",
        sa.Column("digest", DIGEST, nullable=False),
        *client_of("oidc_codes"),
        *session_of("oidc_codes"),
        sa.Column("redirect_uri", word(2000), nullable=False),
        sa.Column("scope", word(200), nullable=False),
        sa.Column("nonce", word(500), nullable=False),
        sa.Column("challenge", word(43), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_oidc_codes"),
    )
    op.create_index("ix_oidc_codes_client_id", "oidc_codes", ["client_id"])
    op.create_index("ix_oidc_codes_session_id", "oidc_codes", ["session_id"])
    op.create_table(
        "oidc_tokens",
        sa.Column("digest", DIGEST, nullable=False),
        *client_of("oidc_tokens"),
        *session_of("oidc_tokens"),
        sa.Column("scope", word(200), nullable=False),
        sa.Column("code_digest", DIGEST, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_oidc_tokens"),
        sa.UniqueConstraint("code_digest", name="uq_oidc_tokens_code_digest"),
    )
    op.create_index("ix_oidc_tokens_client_id", "oidc_tokens", ["client_id"])
    op.create_index("ix_oidc_tokens_session_id", "oidc_tokens", ["session_id"])
    op.create_table(
        "oidc_grants",
        sa.Column("id", LONG, nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        *client_of("oidc_grants"),
        sa.Column("subject", word(32), nullable=False),
        sa.Column("sid", word(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_oidc_grants_session_id_sessions",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_oidc_grants"),
        sa.UniqueConstraint("session_id", "client_id", name="uq_oidc_grants_session_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_oidc_grants_client_id", "oidc_grants", ["client_id"])


def downgrade():
    for table in ("oidc_grants", "oidc_tokens", "oidc_codes", "oidc_requests", "oidc_clients"):
        op.drop_table(table)
