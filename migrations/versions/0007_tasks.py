"""Limner's own queue of tasks, and heartbeats that are counted."""

import sqlalchemy as sa
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

RUNNING = sa.text('executor_id IS NOT NULL AND partition IS NOT NULL')


def upgrade() -> None:
    op.create_table('tasks',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.String(length=300), nullable=False),
    sa.Column('workflow', sa.String(length=30), nullable=False),
    sa.Column('queue', sa.String(length=200), nullable=False),
    sa.Column('partition', sa.String(length=700), nullable=True),
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('subject_id', sa.String(length=300), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=True),
    sa.Column('turn', sa.BigInteger(), nullable=False),
    sa.Column('executor_id', sa.String(length=200), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('cancelled', sa.Boolean(), nullable=False),
    sa.Column('suspect', sa.Boolean(), nullable=False),
    sa.Column('alone', sa.Boolean(), nullable=False),
    sa.Column('died', sa.Boolean(), nullable=False),
    sa.Column('steps', sa.Integer(), nullable=False),
    sa.Column('deaths', sa.Integer(), nullable=False),
    sa.Column('lone_deaths', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_tasks_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_tasks')),
    sa.UniqueConstraint('id', name=op.f('uq_tasks_id')),
    sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_tasks_queue_executor_id_turn'), 'tasks', ['queue', 'executor_id', 'turn'], unique=False)
    op.create_index(op.f('ix_tasks_workspace_id_job_id'), 'tasks', ['workspace_id', 'job_id'], unique=False)
    op.create_index(op.f('ix_tasks_executor_id'), 'tasks', ['executor_id'], unique=False)
    op.create_index('ix_tasks_running_partition', 'tasks', ['queue', 'partition'], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING)
    op.add_column('executors', sa.Column('beats', sa.BigInteger(), server_default='0', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('executors') as batch:
        batch.drop_column('beats')
    op.drop_index('ix_tasks_running_partition', table_name='tasks')
    op.drop_index(op.f('ix_tasks_executor_id'), table_name='tasks')
    op.drop_index(op.f('ix_tasks_workspace_id_job_id'), table_name='tasks')
    op.drop_index(op.f('ix_tasks_queue_executor_id_turn'), table_name='tasks')
    op.drop_table('tasks')
