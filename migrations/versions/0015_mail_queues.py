"""queues of mails to unconfirmed addresses: one row for each network that asks for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def upgrade():
    op.create_table(
        "mail_queues",
        sa.Column("key", binary(32), nullable=False),
        sa.Column("idle_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_mail_queues"),
    )


def downgrade():
    op.drop_table("mail_queues")
