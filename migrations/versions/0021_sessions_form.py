"""the form that opened a session: posted again in the next seconds, it opens no other."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def upgrade():
    op.add_column("sessions", sa.Column("form_digest", binary(32), nullable=True))
    op.add_column("sessions", sa.Column("form_nonce", binary(16), nullable=True))
    op.create_index("ix_sessions_form_digest", "sessions", ["form_digest"], unique=True)


def downgrade():
    op.drop_index("ix_sessions_form_digest", "sessions")
    op.drop_column("sessions", "form_nonce")
    op.drop_column("sessions", "form_digest")
