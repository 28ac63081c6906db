"""The news desk: schedules, slots, stories and notices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('schedules',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('owner_id', sa.String(length=200), nullable=False),
    sa.Column('value', JSON, nullable=False),
    sa.Column('paused', sa.Boolean(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_schedules_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'id', name=op.f('pk_schedules'))
    )
    op.create_table('news_slots',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('schedule_id', sa.String(length=200), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.String(length=30), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('story_id', sa.String(length=200), nullable=True),
    sa.Column('job_id', sa.String(length=200), nullable=True),
    sa.Column('extra', sa.Boolean(), nullable=False),
    sa.Column('preview', JSON, nullable=True),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_news_slots_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'schedule_id', 'due_at', name=op.f('pk_news_slots'))
    )
    op.create_index('ix_news_slots_status', 'news_slots', ['status'])

    op.create_table('stories',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('schedule_id', sa.String(length=200), nullable=False),
    sa.Column('value', JSON, nullable=False),
    sa.Column('fingerprint', JSON, nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken', sa.Boolean(), nullable=False),
    sa.Column('posted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recheck_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_stories_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'id', name=op.f('pk_stories'))
    )
    op.create_index('ix_stories_recheck_at', 'stories', ['recheck_at'])
    op.create_index('ix_stories_workspace_id_found_at', 'stories', ['workspace_id', 'found_at'])

    op.create_table('notices',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('value', JSON, nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_notices_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'id', name=op.f('pk_notices'))
    )
    op.create_index('ix_notices_sent_at', 'notices', ['sent_at'])


def downgrade() -> None:
    for table in ('notices', 'stories', 'news_slots', 'schedules'):
        op.drop_table(table)
