"""codes sent to new numbers and whether they came back; ranges shut for new numbers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"
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
        "blocks",
        sa.Column("key", binary(32), nullable=False),
        sa.Column("kind", word(10), nullable=False),
        sa.Column("region", word(3), nullable=False),
        sa.Column("name_sealed", binary(255), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("entered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_blocks"),
    )
    op.create_index("ix_blocks_until", "blocks", ["until"])

    op.create_table(
        "conversions",
        sa.Column("message_id", word(32), nullable=False),
        sa.Column("prefix_key", binary(32), nullable=False),
        sa.Column("country_key", binary(32), nullable=False),
        sa.Column("number_key", binary(32), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name="fk_conversions_message_id_messages",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_conversions"),
    )
    op.create_index("ix_conversions_prefix_key", "conversions", ["prefix_key", "sent_at"])
    op.create_index("ix_conversions_country_key", "conversions", ["country_key", "sent_at"])


def downgrade():
    op.drop_table("conversions")
    op.drop_table("blocks")
