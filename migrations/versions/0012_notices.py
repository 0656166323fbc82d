"""notices: what owners will be told; what a link may put back; accounts closed by their owners."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def upgrade():
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", binary(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("sealed", binary(2000), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_notices_user_id_users", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_key", "notices", ["key"])
    op.create_index("ix_notices_due_at", "notices", ["due_at"])
    op.create_index("ix_notices_user_id", "notices", ["user_id"])
    op.add_column("links", sa.Column("sealed", binary(1000), nullable=True))
    op.add_column("links", sa.Column("since", sa.Integer(), nullable=True))
    op.add_column("users", sa.Column("blocked_at", MOMENT, nullable=True))


def downgrade():
    op.drop_column("users", "blocked_at")
    op.drop_column("links", "since")
    op.drop_column("links", "sealed")
    op.drop_table("notices")
