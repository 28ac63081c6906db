"""Indexes for tasks that workspaces take turns in, and for partitions with many tasks."""

import sqlalchemy as sa
from alembic import op


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f('ix_tasks_queue_executor_id_turn'), table_name='tasks')
    op.create_index(op.f('ix_tasks_queue_executor_id_workspace_id_turn'), 'tasks', ['queue', 'executor_id', 'workspace_id', 'turn'], unique=False)
    op.create_index(op.f('ix_tasks_queue_partition_seq'), 'tasks', ['queue', 'partition', 'seq'], unique=False)
    op.create_index('ix_tasks_suspects', 'tasks', ['queue'], unique=False, sqlite_where=sa.text('suspect = 1'), postgresql_where=sa.text('suspect'))


def downgrade() -> None:
    op.drop_index('ix_tasks_suspects', table_name='tasks')
    op.drop_index(op.f('ix_tasks_queue_partition_seq'), table_name='tasks')
    op.drop_index(op.f('ix_tasks_queue_executor_id_workspace_id_turn'), table_name='tasks')
    op.create_index(op.f('ix_tasks_queue_executor_id_turn'), 'tasks', ['queue', 'executor_id', 'turn'], unique=False)
