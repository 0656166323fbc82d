"""what a late request needs: the token before the present one, and the guess being judged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    op.add_column("sessions", sa.Column("replaced_digest", binary(32), nullable=True))
    op.add_column("sessions", sa.Column("replaced_at", MOMENT, nullable=True))
    op.add_column("sessions", sa.Column("replaced_next", word(500), nullable=True))
    op.create_index("ix_sessions_replaced_digest", "sessions", ["replaced_digest"])
    op.add_column("challenges", sa.Column("guess", binary(32), nullable=True))
    op.add_column("tries", sa.Column("guess", binary(32), nullable=True))


def downgrade():
    op.drop_column("tries", "guess")
    op.drop_column("challenges", "guess")
    op.drop_index("ix_sessions_replaced_digest", "sessions")
    for name in ("replaced_next", "replaced_at", "replaced_digest"):
        op.drop_column("sessions", name)
