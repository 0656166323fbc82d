"""recovery codes just made, for the session that made them; whether their owner has saved them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
SEALED = sa.LargeBinary(1000).with_variant(mysql.VARBINARY(1000), "mysql", "mariadb")


def upgrade():
    op.add_column("users", sa.Column("codes_unsaved_since", MOMENT, nullable=True))
    op.create_table(
        "recovery_sets",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sealed", SEALED, nullable=False),
        sa.Column("turned_on", sa.Boolean(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_recovery_sets_session_id_sessions",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_recovery_sets_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name="pk_recovery_sets"),
        sa.UniqueConstraint("user_id", name="uq_recovery_sets_user_id"),
    )


def downgrade():
    op.drop_table("recovery_sets")
    op.drop_column("users", "codes_unsaved_since")
