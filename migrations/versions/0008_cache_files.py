"""Cached answers lie in files; what was kept here is dropped, since a cache can be filled again."""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('ix_search_cache_expires_at', table_name='search_cache')
    op.drop_table('search_cache')


def downgrade() -> None:
    op.create_table('search_cache',
    sa.Column('namespace', sa.String(length=100), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('namespace', 'key', name=op.f('pk_search_cache'))
    )
    op.create_index('ix_search_cache_expires_at', 'search_cache', ['expires_at'])
