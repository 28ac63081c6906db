"""Which stories were considered for a due time of a schedule, and what became of each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column('news_slots', sa.Column('considered', JSON, nullable=True))


def downgrade() -> None:
    op.drop_column('news_slots', 'considered')
