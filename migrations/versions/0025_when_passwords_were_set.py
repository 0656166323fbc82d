"""when each password was last chosen, which the settings show.

Known for accounts whose events still have it. The release before leaves the column as it is.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
CHOSEN = ("authn_password_change", "password_reset", "user_created", "user_created_by_operator")
EVENTS = sa.table("events", sa.column("at"), sa.column("tag"), sa.column("user_id"))
USERS = sa.table(
    "users", sa.column("id"), sa.column("password_hash"), sa.column("password_set_at")
)


def upgrade():
    op.add_column("users", sa.Column("password_set_at", MOMENT, nullable=True))
    newest = (
        sa.select(sa.func.max(EVENTS.c.at))
        .where(EVENTS.c.user_id == USERS.c.id, EVENTS.c.tag.in_(CHOSEN))
        .scalar_subquery()
    )
    op.execute(sa.update(USERS).where(USERS.c.password_hash.is_not(None)).values(
        password_set_at=newest
    ))


def downgrade():
    op.drop_column("users", "password_set_at")
