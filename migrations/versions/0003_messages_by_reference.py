"""messages by their provider's id."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_messages_gateway", "messages", ["gateway", "reference"])


def downgrade():
    op.drop_index("ix_messages_gateway", "messages")
