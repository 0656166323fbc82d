"""users: when somebody was last reminded that two-factor sign-in will be needed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade():
    op.add_column("users", sa.Column("reminded_at", MOMENT, nullable=True))


def downgrade():
    # Not in a batch: SQLite would make the table anew, and what refers to it would go with it.
    op.drop_column("users", "reminded_at")
