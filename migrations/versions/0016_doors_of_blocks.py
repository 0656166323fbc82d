"""at which door a range is shut; messages of which no page may tell what became of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def word(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    op.add_column(
        "blocks", sa.Column("door", word(20), nullable=False, server_default="phone")
    )
    op.add_column(
        "messages",
        sa.Column("undisclosed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade():
    op.drop_column("messages", "undisclosed")
    # What is shut at one door would be shut at none, under a digest that nobody asks for.
    op.execute("DELETE FROM blocks WHERE door <> 'phone'")
    op.drop_column("blocks", "door")
