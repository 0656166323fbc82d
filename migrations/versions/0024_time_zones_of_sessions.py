"""the time zone of each session's browser, in which pages and emails write times."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    op.add_column("sessions", sa.Column("time_zone", word(64), nullable=True))


def downgrade():
    op.drop_column("sessions", "time_zone")
