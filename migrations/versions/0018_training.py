"""Conversations that are kept to train with, and the checkpoints that came of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'trajectories',
        sa.Column('workspace_id', sa.String(length=200), nullable=False),
        sa.Column('job_id', sa.String(length=200), nullable=False),
        sa.Column('member_id', sa.String(length=200), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('value', JSON, nullable=False),
        sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_trajectories_jobs'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('workspace_id', 'job_id', name=op.f('pk_trajectories')),
    )
    op.create_index(op.f('ix_trajectories_workspace_id_member_id'), 'trajectories', ['workspace_id', 'member_id'])
    op.create_index(op.f('ix_trajectories_created_at'), 'trajectories', ['created_at'])
    op.create_table(
        'agent_checkpoints',
        sa.Column('id', sa.String(length=200), nullable=False),
        sa.Column('state', sa.String(length=30), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('value', JSON, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_checkpoints')),
    )
    op.create_index(op.f('ix_agent_checkpoints_state'), 'agent_checkpoints', ['state'])


def downgrade() -> None:
    op.drop_table('agent_checkpoints')
    op.drop_table('trajectories')
