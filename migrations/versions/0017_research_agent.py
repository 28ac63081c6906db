"""Which agent did a job's research, by its profile; jobs from before do not say."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('jobs', sa.Column('research_agent', JSON, nullable=True))


def downgrade() -> None:
    op.drop_column('jobs', 'research_agent')
