"""subjects: names of the numbers that API keys verified."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    op.create_table(
        "subjects",
        sa.Column("name", word(43), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("number_sealed", binary(255), nullable=False),
        sa.Column("number_index", binary(32), nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["api_keys.id"],
            name="fk_subjects_key_id_api_keys",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("name", name="pk_subjects"),
        sa.UniqueConstraint("key_id", "number_index", name="uq_subjects_key_id"),
    )
    op.create_index("ix_subjects_used_at", "subjects", ["used_at"])


def downgrade():
    op.drop_table("subjects")
