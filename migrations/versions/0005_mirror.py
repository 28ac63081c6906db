"""Jobs that linked channels show too."""

import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('mirrors',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('there', sa.String(length=200), nullable=False),
    sa.Column('open', sa.Boolean(), nullable=False),
    sa.Column('changes', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_mirrors_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'job_id', name=op.f('pk_mirrors'))
    )
    op.create_index(op.f('ix_mirrors_open'), 'mirrors', ['open'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_mirrors_open'), table_name='mirrors')
    op.drop_table('mirrors')
