"""when each password was last chosen, which the settings show.

Not known for passwords chosen before: nothing is filled in, so that the step takes no longer for a
large table. The release before leaves the column as it is.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade():
    op.add_column("users", sa.Column("password_set_at", MOMENT, nullable=True))


def downgrade():
    op.drop_column("users", "password_set_at")
