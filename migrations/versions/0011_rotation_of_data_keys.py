"""data_keys: since when a key seals, so that a second one can come while workers run."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade():
    op.add_column("data_keys", sa.Column("seals_since", MOMENT, nullable=True))
    op.execute("UPDATE data_keys SET seals_since = created_at")


def downgrade():
    # One key alone is known from here on. With two, a rotation has to be finished first.
    counting = sa.text("SELECT COUNT(*) FROM data_keys")
    if not op.get_context().as_sql and op.get_bind().scalar(counting) > 1:
        raise RuntimeError("finish the rotation first: flask keys rotate --data")
    op.execute("UPDATE data_keys SET id = 1")
    with op.batch_alter_table("data_keys") as batch:
        batch.drop_column("seals_since")
