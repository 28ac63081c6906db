"""Indexes and totals, so that nothing grows slower with the jobs that are kept."""

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_columns()
    _make_totals()
    _change_indexes()


def _add_columns() -> None:
    # Defaults in the database let the columns be added without writing the tables anew.
    op.add_column('jobs', sa.Column('traces_kept', sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column('illustrations', sa.Column('posted', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('illustrations', sa.Column('votes_up', sa.Integer(), nullable=False, server_default=sa.text('0')))
    op.add_column('illustrations', sa.Column('score', sa.Integer(), nullable=False, server_default=sa.text('0')))
    op.execute(
        "UPDATE illustrations SET posted = true WHERE status = 'rendered' AND EXISTS (SELECT 1 FROM jobs "
        "WHERE jobs.workspace_id = illustrations.workspace_id AND jobs.id = illustrations.job_id "
        "AND jobs.status = 'done' AND NOT jobs.private)"
    )
    voted = "votes.workspace_id = illustrations.workspace_id AND votes.illustration_id = illustrations.id"
    op.execute(
        "UPDATE illustrations SET "
        f"votes_up = (SELECT count(*) FROM votes WHERE {voted} AND value > 0), "
        f"score = (SELECT coalesce(sum(value), 0) FROM votes WHERE {voted}) "
        f"WHERE EXISTS (SELECT 1 FROM votes WHERE {voted})"
    )


def _make_totals() -> None:
    op.create_table('job_counts',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('member_id', sa.String(length=200), nullable=False),
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('jobs', sa.Integer(), nullable=False),
    sa.Column('pictures', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_job_counts_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'member_id', 'day', name=op.f('pk_job_counts'))
    )
    op.create_index('ix_job_counts_workspace_id_day', 'job_counts', ['workspace_id', 'day'])
    op.create_table('usage_totals',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('member_id', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('unit', sa.String(length=30), nullable=False),
    sa.Column('amount', sa.Double(), nullable=False),
    sa.Column('cost_usd', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_usage_totals_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'month', 'member_id', 'kind', 'name', 'unit', name=op.f('pk_usage_totals'))
    )
    if op.get_bind().dialect.name == "postgresql":
        day, month = (f"to_char({{}} AT TIME ZONE 'UTC', '{form}')" for form in ('YYYY-MM-DD', 'YYYY-MM'))
        count = "coalesce((request->>'count')::integer, 1)"
        own = "request->'shadow_of'->>'job_id' IS NULL"
    else:
        day, month = 'substr({}, 1, 10)', 'substr({}, 1, 7)'
        count = "coalesce(json_extract(request, '$.count'), 1)"
        own = "json_extract(request, '$.shadow_of.job_id') IS NULL"
    op.execute(
        'INSERT INTO job_counts (workspace_id, member_id, day, jobs, pictures) '
        f"SELECT workspace_id, member_id, {day.format('created_at')}, count(*), sum({count}) "
        f'FROM jobs WHERE {own} GROUP BY 1, 2, 3'
    )
    op.execute(
        'INSERT INTO usage_totals (workspace_id, month, member_id, kind, name, unit, amount, cost_usd) '
        f"SELECT workspace_id, {month.format('at')}, member_id, kind, name, unit, sum(amount), sum(cost_usd) "
        'FROM usage GROUP BY 1, 2, 3, 4, 5, 6'
    )


def _change_indexes() -> None:
    op.create_index('ix_jobs_history', 'jobs', ['workspace_id', 'created_at', 'id'])
    op.create_index('ix_jobs_history_of_member', 'jobs', ['workspace_id', 'member_id', 'created_at', 'id'])
    op.create_index('ix_jobs_history_by_status', 'jobs', ['workspace_id', 'status', 'created_at', 'id'])
    op.drop_index('ix_jobs_workspace_id_member_id', table_name='jobs')
    op.create_index(
        'ix_jobs_traces', 'jobs', ['finished_at'],
        sqlite_where=sa.text('traces_kept = 1'), postgresql_where=sa.text('traces_kept'),
    )
    op.create_index('ix_illustrations_created_at', 'illustrations', ['created_at'])
    op.create_index(
        'ix_illustrations_gallery', 'illustrations', ['workspace_id', 'score', 'created_at', 'id'],
        sqlite_where=sa.text('posted = 1'), postgresql_where=sa.text('posted'),
    )
    op.create_index(
        'ix_job_messages_workspace_id_surface_thread_created_at', 'job_messages',
        ['workspace_id', 'surface', 'thread', 'created_at'],
    )
    op.drop_index('ix_job_messages_workspace_id_surface_thread', table_name='job_messages')


def downgrade() -> None:
    op.create_index('ix_job_messages_workspace_id_surface_thread', 'job_messages', ['workspace_id', 'surface', 'thread'])
    op.drop_index('ix_job_messages_workspace_id_surface_thread_created_at', table_name='job_messages')
    op.drop_index('ix_illustrations_gallery', table_name='illustrations')
    op.drop_index('ix_illustrations_created_at', table_name='illustrations')
    op.drop_index('ix_jobs_traces', table_name='jobs')
    op.create_index('ix_jobs_workspace_id_member_id', 'jobs', ['workspace_id', 'member_id'])
    op.drop_index('ix_jobs_history_by_status', table_name='jobs')
    op.drop_index('ix_jobs_history_of_member', table_name='jobs')
    op.drop_index('ix_jobs_history', table_name='jobs')
    op.drop_table('usage_totals')
    op.drop_index('ix_job_counts_workspace_id_day', table_name='job_counts')
    op.drop_table('job_counts')
    for column in ('score', 'votes_up', 'posted'):
        op.drop_column('illustrations', column)
    op.drop_column('jobs', 'traces_kept')
