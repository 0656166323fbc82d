"""authenticator apps: a sealed secret and its last step for each, and those being set up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def binary(length):
    return sa.LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def upgrade():
    op.add_column("factors", sa.Column("secret_sealed", binary(255)))
    op.add_column("factors", sa.Column("last_step", sa.Integer()))
    op.create_table(
        "enrolments",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret_sealed", binary(255), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_enrolments_session_id_sessions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name="pk_enrolments"),
    )


def downgrade():
    op.drop_table("enrolments")
    # An app's row stays and says nothing without its secret; its owner has the recovery codes.
    op.drop_column("factors", "last_step")
    op.drop_column("factors", "secret_sealed")
