"""failures of the last hour by network and by code, for the alarm on many accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def upgrade():
    op.create_table(
        "failures",
        sa.Column("group_key", binary(32), nullable=False),
        sa.Column("item_key", binary(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("group_key", "item_key", name="pk_failures"),
    )
    op.create_index("ix_failures_at", "failures", ["at"])


def downgrade():
    op.drop_table("failures")
