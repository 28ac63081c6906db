"""What the content policy refused is kept as data beside the sentence."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('jobs', sa.Column('refusal', JSON, nullable=True))


def downgrade() -> None:
    op.drop_column('jobs', 'refusal')
