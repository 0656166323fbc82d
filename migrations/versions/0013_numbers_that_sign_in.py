"""numbers that sign in: factors.signs_in, true where the account was made with its number."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Who has no password came by phone; who has one by now, where the history still tells.
BY_PHONE = sa.text(
    "UPDATE factors SET signs_in = :yes WHERE user_id IN"
    " (SELECT id FROM users WHERE password_hash IS NULL)"
    " OR user_id IN (SELECT user_id FROM events WHERE tag = 'account:phone:registered')"
)


def upgrade():
    op.add_column(
        "factors",
        sa.Column("signs_in", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(BY_PHONE.bindparams(sa.bindparam("yes", True, sa.Boolean())))


def downgrade():
    op.drop_column("factors", "signs_in")
