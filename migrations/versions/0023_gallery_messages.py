"""Messages in chat that show a gallery, so that a deleted picture can be taken out of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        'gallery_messages',
        sa.Column('workspace_id', sa.String(length=200), nullable=False),
        sa.Column('surface', sa.String(length=30), nullable=False),
        sa.Column('channel', sa.String(length=200), nullable=False),
        sa.Column('message', sa.String(length=200), nullable=False),
        sa.Column('pictures', JSON, nullable=False),
        sa.Column('posted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('language', sa.String(length=30), nullable=True),
        sa.Column('changes', sa.Integer(), nullable=False),
        sa.Column('stale', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_gallery_messages_workspaces'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('workspace_id', 'surface', 'channel', 'message', name=op.f('pk_gallery_messages')),
    )


def downgrade() -> None:
    op.drop_table('gallery_messages')
