"""Teams: preferences, votes, approvals, usage, the audit log, and messages of jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Defaults in the database let the columns be added without writing the tables anew.
    op.add_column('illustrations', sa.Column('marks', JSON, nullable=True))
    op.add_column('jobs', sa.Column('surface', sa.String(length=30), nullable=False, server_default='terminal'))
    op.add_column('jobs', sa.Column('live', sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column('jobs', sa.Column('private', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index('ix_jobs_surface_status', 'jobs', ['surface', 'status'])
    op.create_index('ix_deliveries_attempts', 'deliveries', ['attempts'])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("UPDATE jobs SET surface = request->'destination'->>'surface'")
    else:
        op.execute("UPDATE jobs SET surface = json_extract(request, '$.destination.surface')")

    op.create_table('approvals',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('subject_id', sa.String(length=200), nullable=False),
    sa.Column('member_id', sa.String(length=200), nullable=False),
    sa.Column('approved', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_approvals_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'subject_id', 'member_id', name=op.f('pk_approvals'))
    )
    op.create_table('audit_log',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('member_id', sa.String(length=200), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('details', JSON, nullable=False),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_audit_log_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'id', name=op.f('pk_audit_log'))
    )
    op.create_index('ix_audit_log_workspace_id_at', 'audit_log', ['workspace_id', 'at'])

    op.create_table('preferences',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('scope', sa.String(length=30), nullable=False),
    sa.Column('scope_id', sa.String(length=200), nullable=False),
    sa.Column('value', JSON, nullable=False),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_preferences_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'scope', 'scope_id', name=op.f('pk_preferences'))
    )
    op.create_table('job_messages',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('surface', sa.String(length=30), nullable=False),
    sa.Column('channel', sa.String(length=200), nullable=False),
    sa.Column('message', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('open', sa.Boolean(), nullable=False),
    sa.Column('thread', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_job_messages_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'surface', 'channel', 'message', name=op.f('pk_job_messages'))
    )
    op.create_index('ix_job_messages_surface_open', 'job_messages', ['surface', 'open'])
    op.create_index('ix_job_messages_workspace_id_job_id', 'job_messages', ['workspace_id', 'job_id'])
    op.create_index('ix_job_messages_workspace_id_surface_thread', 'job_messages', ['workspace_id', 'surface', 'thread'])

    op.create_table('call_counts',
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'name', name=op.f('pk_call_counts'))
    )
    op.create_table('usage',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('member_id', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('unit', sa.String(length=30), nullable=False),
    sa.Column('amount', sa.Double(), nullable=False),
    sa.Column('cost_usd', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_usage_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'job_id', 'key', name=op.f('pk_usage'))
    )
    op.create_index('ix_usage_workspace_id_at', 'usage', ['workspace_id', 'at'])

    op.create_table('votes',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('illustration_id', sa.String(length=200), nullable=False),
    sa.Column('member_id', sa.String(length=200), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id', 'illustration_id'], ['illustrations.workspace_id', 'illustrations.id'], name=op.f('fk_votes_illustrations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'illustration_id', 'member_id', name=op.f('pk_votes'))
    )


def downgrade() -> None:
    for table in ('votes', 'call_counts', 'usage', 'job_messages', 'preferences', 'audit_log', 'approvals'):
        op.drop_table(table)
    op.drop_index('ix_deliveries_attempts', table_name='deliveries')
    op.drop_index('ix_jobs_surface_status', table_name='jobs')
    for column in ('surface', 'live', 'private'):
        op.drop_column('jobs', column)
    op.drop_column('illustrations', 'marks')
