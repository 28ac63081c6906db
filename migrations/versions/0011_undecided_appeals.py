"""Moderators see what waits for them, also where nothing was sent to them."""

import sqlalchemy as sa
from alembic import op


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('deliveries', sa.Column('undecided', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        'ix_deliveries_undecided', 'deliveries', ['workspace_id', 'job_id'],
        sqlite_where=sa.text('undecided = 1'), postgresql_where=sa.text('undecided'),
    )


def downgrade() -> None:
    op.drop_index('ix_deliveries_undecided', table_name='deliveries')
    op.drop_column('deliveries', 'undecided')
