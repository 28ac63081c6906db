"""Tokens that let messages be searched for a job."""

import sqlalchemy as sa
from alembic import op


revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'search_tokens',
        sa.Column('workspace_id', sa.String(length=200), nullable=False),
        sa.Column('job_id', sa.String(length=200), nullable=False),
        sa.Column('token', sa.LargeBinary(), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['workspace_id', 'job_id'],
            ['jobs.workspace_id', 'jobs.id'],
            name=op.f('fk_search_tokens_jobs'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('workspace_id', 'job_id', name=op.f('pk_search_tokens')),
    )


def downgrade() -> None:
    op.drop_table('search_tokens')
