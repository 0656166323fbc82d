"""gateways passed over: which ones failed a message before another took it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    exact = mysql.VARCHAR(80, charset="utf8mb4", collation="utf8mb4_bin")
    word = sa.String(80).with_variant(exact, "mysql", "mariadb")
    with op.batch_alter_table("messages") as messages:
        messages.add_column(sa.Column("passed_over", word, nullable=False, server_default=""))


def downgrade():
    with op.batch_alter_table("messages") as messages:
        messages.drop_column("passed_over")
