"""room for emails with an HTML part; on the way down, those too long for the old column fail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

LONG, SHORT = mysql.VARBINARY(40_000), mysql.VARBINARY(8000)


def resize(old, new):
    if op.get_context().dialect.name in ("mysql", "mariadb"):  # elsewhere bytes have no length
        op.alter_column(
            "messages", "sealed", existing_type=old, type_=new, existing_nullable=True
        )


def upgrade():
    resize(SHORT, LONG)


def downgrade():
    messages = sa.table("messages", *map(sa.column, ("sealed", "state", "reason")))
    too_long = sa.func.length(messages.c.sealed) > 8000
    failed = {"sealed": None, "state": "failed", "reason": "provider"}
    op.execute(messages.update().where(too_long).values(failed))
    resize(LONG, SHORT)
