"""Links to the pages of jobs, and the key that signs them."""

import sqlalchemy as sa
from alembic import op


revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'job_pages',
        sa.Column('workspace_id', sa.String(length=200), nullable=False),
        sa.Column('job_id', sa.String(length=200), nullable=False),
        sa.Column('links', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['workspace_id', 'job_id'],
            ['jobs.workspace_id', 'jobs.id'],
            name=op.f('fk_job_pages_jobs'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('workspace_id', 'job_id', name=op.f('pk_job_pages')),
    )
    op.create_table(
        'page_keys',
        sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('key', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_page_keys')),
    )


def downgrade() -> None:
    op.drop_table('page_keys')
    op.drop_table('job_pages')
