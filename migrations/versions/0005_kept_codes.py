"""kept codes: what a provider that keeps the code calls it, in the challenge."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    sealed = sa.LargeBinary(255).with_variant(mysql.VARBINARY(255), "mysql", "mariadb")
    moment = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    op.add_column("challenges", sa.Column("pin_sealed", sealed, nullable=True))
    op.add_column("challenges", sa.Column("pin_expires_at", moment, nullable=True))


def downgrade():
    # Not in a batch: SQLite would make the table anew, and what refers to it would go with it.
    op.drop_column("challenges", "pin_expires_at")
    op.drop_column("challenges", "pin_sealed")
