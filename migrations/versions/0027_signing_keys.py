"""the keys that sign for other applications; the release before knows nothing of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
SEALED = sa.LargeBinary(2500).with_variant(mysql.VARBINARY(2500), "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    op.create_table(
        "signing_keys",
        sa.Column("kid", word(43), nullable=False),
        sa.Column("algorithm", word(8), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("private_sealed", SEALED, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("signs_from", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_keys"),
        sa.UniqueConstraint("algorithm", "generation", name="uq_signing_keys_algorithm"),
    )


def downgrade():
    op.drop_table("signing_keys")
