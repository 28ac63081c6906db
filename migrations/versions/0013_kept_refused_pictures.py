"""Moderators may look at refused pictures for a while, where a workspace keeps them."""

import sqlalchemy as sa
from alembic import op


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('illustrations', sa.Column('kept_sha256', sa.String(64), nullable=True))
    op.add_column('illustrations', sa.Column('kept_until', sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        'ix_illustrations_kept', 'illustrations', ['workspace_id', 'kept_sha256'],
        sqlite_where=sa.text('kept_sha256 IS NOT NULL'),
        postgresql_where=sa.text('kept_sha256 IS NOT NULL'),
    )


def downgrade() -> None:
    op.drop_index('ix_illustrations_kept', table_name='illustrations')
    op.drop_column('illustrations', 'kept_until')
    op.drop_column('illustrations', 'kept_sha256')
